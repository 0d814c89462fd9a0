import type { ServerHealthReport } from '../contract/health-report.ts';
import type { Report } from '../contract/report.ts';

/** `server_health_report_<time>.json`, its time the start of the run in UTC. */
export function renderHealthReport(report: Report): { readonly fileName: string; readonly text: string } {
  const { server } = report.series;
  const startMs = Date.parse(report.startedAt);
  const at = (seconds: number): string => new Date(startMs + seconds * 1000).toISOString();
  const megabytes = server.seconds.map((_, n) => {
    const bytes = server.memory.flatMap((line) => line.bytes[n] ?? []);
    return bytes.length === 0 ? null : Math.round(bytes.reduce((sum, value) => sum + value, 0) / 10_000) / 100;
  });
  const numbers = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);
  const most = (values: readonly (number | null)[]): number | null =>
    numbers(values).reduce<number | null>((a, b) => (a === null || b > a ? b : a), null);
  const crashes = report.alerts.filter(
    ({ kind, message }) => kind === 'process-ended' && !message.startsWith('helper'),
  );
  const health: ServerHealthReport = {
    start_time: report.startedAt,
    duration_seconds: report.durationSeconds,
    metrics: {
      timestamps: server.seconds.map(at),
      cpu_percent: server.cpuPercent,
      memory_mb: megabytes,
      connections: server.established,
      threads: server.threads,
      file_descriptors: server.fileDescriptors,
      response_times: server.healthMs,
      redis_connections: server.redisConnections,
      db_connections: server.databaseConnections,
    },
    alerts: report.alerts.map(({ atSeconds, kind, message }) => ({ timestamp: at(atSeconds), type: kind, message })),
    summary: {
      max_cpu_percent: most(server.cpuPercent),
      max_memory_mb: most(megabytes),
      avg_response_time_ms: report.server?.meanHealthMs ?? null,
      total_alerts: report.alerts.length,
      samples: server.seconds.length,
      worker_crashes: crashes.length,
    },
  };
  const time = report.startedAt.replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return { fileName: `server_health_report_${time}.json`, text: `${JSON.stringify(health, null, 2)}\n` };
}
