/** What to do about a store that is not monitored, by the field of the profile that declares it. */
export const unwatchedRemedies = {
  redis: 'set MONITOR_REDIS_URL, or REDIS=none if the server has no Redis',
  database:
    'set MONITOR_POSTGRES_URL if it is PostgreSQL; DATABASE=mysql, sqlite or another name of docs/profile.md if it is another database; DATABASE=none only if the server has no database',
} as const;

/** What to do where the server answers a question for its statistics with this status, or with a body that holds none. */
export function statisticsRemedy(field: 'redis' | 'database', status: number | undefined): string {
  if (status === 429) return "let the server's rate limiter pass the monitor, which asks once a second";
  const path = `name their path in monitoring.${field} of the profile`;
  return status === 401 || status === 403 ? `set MONITORING_TOKEN to a token that it takes, or ${path}` : path;
}
