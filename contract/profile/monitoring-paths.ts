/** What the monitor asks where the profile says nothing else. The embedded backend answers there. */
export const defaultMonitoringPaths = {
  health: '/api/v1/monitoring/health',
  redis: '/api/v1/monitoring/redis/stats',
  database: '/api/v1/monitoring/database/stats',
} as const;
