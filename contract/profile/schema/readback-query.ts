import * as z from 'zod/mini';
import { text } from './parts.ts';

/** How a store that the backend writes to tells what was processed. */
export const byQuery = () => ({
  kind: z.literal('query').check(z.describe('A query to PostgreSQL or Redis lists what was processed.')),
  store: z
    .enum(['postgresql', 'redis'])
    .check(
      z.describe(
        'Which of the two. Its URL comes from READBACK_POSTGRES_URL or READBACK_REDIS_URL; it is only read from.',
      ),
    ),
  query: z
    .union([text(), z.array(text()).check(z.minLength(2, 'must hold a command and a key'))])
    .check(
      z.describe(
        'PostgreSQL: one SELECT as a text; $1, if it is used, is the run tag with which the ids of a scenario begin if they are written as {id}; with {n} or {uuid} alone it is refused. Redis: a reading command as a list of words, such as ["LRANGE", "processed", "0", "-1"]; {runTag} in a word is the run tag, as $1 is.',
      ),
    ),
  id: z
    ._default(text(), 'id')
    .check(
      z.describe(
        'Column or field that holds the id of the signal. In Redis an element that is not a JSON object is the id itself, and of a hash the name of each field.',
      ),
    ),
  processedAtUs: z
    ._default(z.nullable(text()), null)
    .check(
      z.describe(
        'Column or field with the time of processing, as a timestamp, an ISO 8601 text, or seconds to nanoseconds since 1970; null: none.',
      ),
    ),
  timeoutMs: z
    ._default(z.int().check(z.gte(100, 'must be at least 100')), 10_000)
    .check(z.describe('Longest time for one query.')),
  maxRows: z
    ._default(z.int().check(z.gte(1, 'must be at least 1')), 1_000_000)
    .check(z.describe('More rows or elements than this are not read.')),
});
