/** What to look at when memory grows, steadily or at once. */
export const memoryAdvice = [
  'background tasks: are they awaited, bounded in number, and do they let go of what they captured?',
  { about: 'redis', text: 'Redis connections: is each one returned or closed, or is a client made per request?' },
  'connection pool: is its size bounded, and are sessions closed on every path, errors included?',
  'caches and in-memory maps keyed by signal, webhook or user: do they expire?',
] as const;
