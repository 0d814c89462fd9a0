import * as z from 'zod/mini';
import { declaredKinds, limiterKinds } from '../limiter-kinds.ts';
import { whole } from './parts.ts';

const limit = () =>
  whole().check(
    z.describe(
      'Requests admitted per window; what a bucket gains in this time, in one step if it is stepped; for concurrent: requests worked on at once.',
    ),
  );
const windowMs = () =>
  whole().check(
    z.describe('Length of the window in milliseconds. For concurrent: the longest that the server works on a request.'),
  );
const burst = () =>
  z
    ._default(z.nullable(whole()), null)
    .check(z.describe('Size of a bucket. For delaying: how many requests may wait in line.'));
const segments = () =>
  z
    .optional(whole().check(z.gte(2)))
    .check(
      z.describe(
        'For sliding: in how many segments the window moves on, such as the segmentsPerWindow of .NET. Absent: with each request.',
      ),
    );
const scope = () =>
  z
    ._default(z.enum(['webhook', 'client', 'global']), 'webhook')
    .check(z.describe('Whose requests share one count: of a webhook, of a client, or all.'));

/** A limit beside the first. */
const further = () =>
  z.strictObject({
    kind: z.enum(declaredKinds).check(z.describe('How it counts.')),
    limit: limit(),
    windowMs: windowMs(),
    burst: burst(),
    segments: segments(),
    scope: scope(),
  });

/** `none` is a declared absence, `unknown` an undeclared kind. */
export const limiter = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none').check(z.describe('There is no rate limiter.')) }),
    z.strictObject({
      kind: z
        .enum(limiterKinds)
        .check(
          z.describe(
            'How the limiter counts. weighted: one counter per window; the counter of the window before is weighted by the share of it that lies within the last windowMs. unknown: it limits, but how is not declared.',
          ),
        ),
      limit: limit(),
      windowMs: windowMs(),
      burst: burst(),
      segments: segments(),
      scope: scope(),
      retryAfter: z._default(z.boolean(), true).check(z.describe('Whether a refusal promises a Retry-After.')),
      rateLimitHeaders: z
        ._default(z.boolean(), false)
        .check(
          z.describe(
            'Whether every answer promises RateLimit or X-RateLimit headers. What is sent is held against the ledger in any case.',
          ),
        ),
      penaltyMs: z
        .optional(whole())
        .check(z.describe('How long everything is refused after a request beyond a limit. Absent: no such time.')),
      penaltyProlonged: z
        .optional(z.boolean())
        .check(z.describe('Whether each refusal in the penalty time begins it anew.')),
      refusesToEnd: z
        .optional(z.boolean())
        .check(
          z.describe(
            'For weighted: whether, once it has refused, it may refuse all to the end of the window, as Upstash does from its cache.',
          ),
        ),
      countsRefused: z
        .optional(z.boolean())
        .check(
          z.describe(
            "Whether a refused request may take a place, too, as with HAProxy's http_req_rate: whoever goes on beyond the limit stays refused.",
          ),
        ),
      clockTickMs: z
        .optional(whole().check(z.lte(100)))
        .check(
          z.describe(
            'How coarse the clock is that it reads: it ticks every so many milliseconds, such as 16 on Windows. Absent: 1, or finer.',
          ),
        ),
      further: z
        .optional(z.array(further()))
        .check(
          z.describe(
            'Further limits that hold at the same time, such as 100 per minute beside 10 per second; none has a shorter window than the first.',
          ),
        ),
    }),
  ]);
