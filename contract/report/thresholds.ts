import * as z from 'zod/mini';
import { lazy } from '../profile/lazy.ts';
import { defaultThresholds } from './default-thresholds.ts';

const number = (fallback: number) => z._default(z.number().check(z.nonnegative('must not be negative')), fallback);
const share = (fallback: number) =>
  z._default(z.number().check(z.gte(0, 'is a share from 0 to 1'), z.lte(1, 'is a share from 0 to 1')), fallback);

const { memoryGrowth, success, errors, averageResponse, p95Response, anyResponse, cpu, limitedShare, leak, pool } =
  defaultThresholds;

/** The thresholds that a profile may set, by default those of contract/report/default-thresholds.ts. */
export const thresholds = lazy(() =>
  z.strictObject({
    memoryGrowth: z.prefault(
      z.strictObject({ warnBytes: number(memoryGrowth.warnBytes), failBytes: number(memoryGrowth.failBytes) }),
      {},
    ),
    success: z.prefault(z.strictObject({ passRate: share(success.passRate), failRate: share(success.failRate) }), {}),
    errors: z.prefault(z.strictObject({ passRate: share(errors.passRate) }), {}),
    averageResponse: z.prefault(
      z.strictObject({ warnMs: number(averageResponse.warnMs), failMs: number(averageResponse.failMs) }),
      {},
    ),
    p95Response: z.prefault(
      z.strictObject({ warnMs: number(p95Response.warnMs), failMs: number(p95Response.failMs) }),
      {},
    ),
    anyResponse: z.prefault(
      z.strictObject({ warnMs: number(anyResponse.warnMs), failMs: number(anyResponse.failMs) }),
      {},
    ),
    cpu: z.prefault(z.strictObject({ warnPercent: number(cpu.warnPercent), sustainedMs: number(cpu.sustainedMs) }), {}),
    limitedShare: z.prefault(z.strictObject({ tolerance: share(limitedShare.tolerance) }), {}),
    leak: z.prefault(
      z.strictObject({
        minGrowthBytes: number(leak.minGrowthBytes),
        coarsestBytesPerRequest: number(leak.coarsestBytesPerRequest),
      }),
      {},
    ),
    pool: z.prefault(z.strictObject({ nearExhaustion: share(pool.nearExhaustion) }), {}),
  }),
);

export type Thresholds = z.output<ReturnType<typeof thresholds>>;
