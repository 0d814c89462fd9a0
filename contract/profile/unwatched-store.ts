/** What to do about a store that is not monitored, by the field of the profile that declares it. */
export const unwatchedRemedies = {
  redis: 'set MONITOR_REDIS_URL, or REDIS=none if the server has no Redis',
  database:
    'set MONITOR_POSTGRES_URL if it is PostgreSQL; DATABASE=mysql, sqlite or another name of docs/profile.md if it is another database; DATABASE=none only if the server has no database',
} as const;
