import * as z from 'zod/mini';
import { text, whole } from './parts.ts';

export const idempotency = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none').check(z.describe('Repeats are not recognized.')) }),
    z.strictObject({
      kind: z.literal('ttl').check(z.describe('A repeat is recognized for some time after the first acceptance.')),
      ttlMs: z
        .nullable(whole())
        .check(z.describe('This time in milliseconds. null: keys are kept for ever, and expiry is not judged.')),
      toleranceMs: z.exactOptional(
        whole().check(
          z.describe(
            'By how much a key may live shorter or longer, as in a store that sweeps by the minute or rounds to seconds: a repeat of such an age may be recognized or new.',
          ),
        ),
      ),
      fields: z
        .optional(z.array(text()))
        .check(
          z.describe(
            'Fields of the body that are part of the key. The default is signal_id, or none if headers are named. Without {id}, {n} or {uuid} in any part the key is coarser than the signal, such as ["action"]: then signals are sent to more webhooks, or later, so that no two of one key lie within the TTL.',
          ),
        ),
      headers: z
        .optional(z.array(text()))
        .check(
          z.describe(
            'Headers that are part of the key, such as Idempotency-Key or webhook-id. request.headers, or the headers of a signature, say what they hold.',
          ),
        ),
      scope: z
        .optional(z.enum(['webhook', 'client', 'all']))
        .check(
          z.describe(
            'Where a repeated key counts as the same signal. webhook (default): within one webhook; client: within all webhooks of one log-in; all: everywhere.',
          ),
        ),
      order: z
        ._default(z.enum(['before-limiter', 'after-limiter']), 'before-limiter')
        .check(z.describe('before-limiter: a repeat is recognized before the limiter counts it, and uses no quota.')),
      repeatRefreshes: z
        ._default(z.boolean(), false)
        .check(z.describe('Whether a repeat extends the time in which further ones are recognized.')),
    }),
  ]);
