/** server_health_report_<time>.json: a shape that scripts outside this project already read. Arrays run in step. */
export interface ServerHealthReport {
  readonly start_time: string;
  readonly duration_seconds: number;
  readonly metrics: {
    readonly timestamps: readonly string[];
    readonly cpu_percent: readonly (number | null)[];
    readonly memory_mb: readonly (number | null)[];
    readonly connections: readonly (number | null)[];
    readonly threads: readonly (number | null)[];
    readonly file_descriptors: readonly (number | null)[];
    readonly response_times: readonly (number | null)[];
    readonly redis_connections: readonly (number | null)[];
    readonly db_connections: readonly (number | null)[];
  };
  readonly alerts: readonly { readonly timestamp: string; readonly type: string; readonly message: string }[];
  readonly summary: {
    readonly max_cpu_percent: number | null;
    readonly max_memory_mb: number | null;
    readonly avg_response_time_ms: number | null;
    readonly total_alerts: number;
    readonly samples: number;
    readonly worker_crashes: number | null;
  };
}
