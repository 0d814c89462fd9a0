import * as z from 'zod/mini';
import { text, whole } from './parts.ts';

export const idempotency = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none').check(z.describe('Repeats are not recognized.')) }),
    z.strictObject({
      kind: z.literal('ttl').check(z.describe('A repeat is recognized for some time after the first acceptance.')),
      ttlMs: whole().check(z.describe('This time in milliseconds.')),
      fields: z
        ._default(z.array(text()).check(z.minLength(1, 'must name a field')), ['signal_id'])
        .check(z.describe('Fields of the body that together identify a signal.')),
      order: z
        ._default(z.enum(['before-limiter', 'after-limiter']), 'before-limiter')
        .check(z.describe('before-limiter: a repeat is recognized before the limiter counts it, and uses no quota.')),
      repeatRefreshes: z
        ._default(z.boolean(), false)
        .check(z.describe('Whether a repeat extends the time in which further ones are recognized.')),
    }),
  ]);
