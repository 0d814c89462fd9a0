import * as z from 'zod/mini';
import { limiterKinds } from '../limiter-kinds.ts';
import { whole } from './parts.ts';

/** `none` is a declared absence, `unknown` an undeclared kind. */
export const limiter = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none').check(z.describe('There is no rate limiter.')) }),
    z.strictObject({
      kind: z
        .enum(limiterKinds)
        .check(z.describe('How the limiter counts. unknown: it limits, but how is not declared.')),
      limit: whole().check(z.describe('Requests admitted per window; what a bucket gains in this time.')),
      windowMs: whole().check(z.describe('Length of the window in milliseconds.')),
      burst: z
        ._default(z.nullable(whole()), null)
        .check(z.describe('Size of a bucket. For delaying: how many requests may wait in line.')),
      scope: z
        ._default(z.enum(['webhook', 'client', 'global']), 'webhook')
        .check(z.describe('Whose requests share one count.')),
      retryAfter: z._default(z.boolean(), true).check(z.describe('Whether a refusal promises a Retry-After.')),
      rateLimitHeaders: z
        ._default(z.boolean(), false)
        .check(
          z.describe(
            'Whether every answer promises RateLimit or X-RateLimit headers. What is sent is held against the ledger in any case.',
          ),
        ),
    }),
  ]);
