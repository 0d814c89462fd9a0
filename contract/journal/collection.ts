import * as z from 'zod';

/** A collection of garbage that the run asked the target for, in a rest of memory-leak. */
export const collection = z.object({
  atUs: z.number(),
  tookMs: z.number(),
  /** Why it did not take place, in our words; null if the target did as asked. */
  failure: z.string().nullable(),
});
