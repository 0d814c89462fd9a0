import type { ServerHealthReport } from '../contract/report/health-report.ts';
import type { Report } from '../contract/report/report.ts';

type Values = readonly (number | null)[];

/**
 * `server_health_report_<YYYYMMDD_HHMMSS>.json`, its time the start of the run in UTC: what the monitor saw, in the shape that
 * scripts outside this project read. Memory is that of all processes of the server together.
 */
export function renderHealthReport(report: Report): { readonly fileName: string; readonly text: string } {
  const { server } = report.series;
  const startedMs = Date.parse(report.startedAt);
  const at = (seconds: number): string => new Date(startedMs + Math.round(seconds * 1000)).toISOString();
  const memoryMb = server.seconds.map((_, n) => totalMegabytes(server.memory.map(({ bytes }) => bytes[n] ?? null)));
  const health: ServerHealthReport = {
    start_time: at(0),
    duration_seconds: report.durationSeconds,
    metrics: {
      timestamps: server.seconds.map(at),
      cpu_percent: server.cpuPercent,
      memory_mb: memoryMb,
      connections: server.established,
      threads: server.threads,
      file_descriptors: server.fileDescriptors,
      response_times: server.healthMs,
      redis_connections: server.redisConnections,
      db_connections: server.databaseConnections,
    },
    alerts: report.alerts.map(({ atSeconds, kind, message }) => ({ timestamp: at(atSeconds), type: kind, message })),
    summary: {
      max_cpu_percent: greatest(server.cpuPercent),
      max_memory_mb: greatest(memoryMb),
      avg_response_time_ms: report.server?.meanHealthMs ?? null,
      total_alerts: report.alerts.length + report.alertsLeftOut,
      samples: server.seconds.length,
      worker_crashes: crashesOf(report),
    },
  };
  const time = at(0).replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return { fileName: `server_health_report_${time}.json`, text: `${JSON.stringify(health, null, 2)}\n` };
}

function totalMegabytes(bytes: Values): number | null {
  const known = bytes.filter((value) => value !== null);
  return known.length === 0 ? null : Math.round(known.reduce((sum, value) => sum + value, 0) / 10_000) / 100;
}

function greatest(values: Values): number | null {
  return values.reduce((most, value) => (most === null || (value !== null && value > most) ? value : most), null);
}

/** As the criterion counted them; null if no server was watched. */
function crashesOf({ findings }: Report): number | null {
  const finding = findings.find(({ criterion }) => criterion === 'worker-crashes');
  return finding?.measures.find(({ name }) => name === 'crashes')?.value ?? null;
}
