import * as z from 'zod/mini';
import { lazy } from '../profile/lazy.ts';
import { defaultThresholds } from './default-thresholds.ts';

const number = (fallback: number, meaning: string) =>
  z._default(z.number().check(z.nonnegative('must not be negative')), fallback).check(z.describe(meaning));
const share = (fallback: number, meaning: string) =>
  z
    ._default(z.number().check(z.gte(0, 'is a share from 0 to 1'), z.lte(1, 'is a share from 0 to 1')), fallback)
    .check(z.describe(meaning));

const { memoryGrowth, success, errors, averageResponse, p95Response, anyResponse, cpu, limitedShare, leak } =
  defaultThresholds;
const { pool, storeResponse, lockWait, responsiveness, descriptors, drift } = defaultThresholds;

function responseTime({ warnMs, failMs }: { readonly warnMs: number; readonly failMs: number }, meaning: string) {
  const limits = z.strictObject({
    warnMs: number(warnMs, 'Milliseconds above which the criterion warns.'),
    failMs: number(failMs, 'Milliseconds above which it fails.'),
  });
  return z.prefault(limits, {}).check(z.describe(meaning));
}

const memory = () =>
  z
    .prefault(
      z.strictObject({
        warnBytes: number(memoryGrowth.warnBytes, 'Bytes from which the criterion warns.'),
        failBytes: number(memoryGrowth.failBytes, 'Bytes from which it fails.'),
      }),
      {},
    )
    .check(z.describe('Growth of memory during sustained load.'));

const cpuUse = () =>
  z
    .prefault(
      z.strictObject({
        warnPercent: number(cpu.warnPercent, 'Percent of the available CPU above which the criterion warns.'),
        processPercent: number(
          cpu.processPercent,
          'Percent of what one process may use, such as one core for its only thread, above which the criterion warns.',
        ),
        sustainedMs: number(cpu.sustainedMs, 'Milliseconds that it must last.'),
      }),
      {},
    )
    .check(z.describe('CPU of the server.'));

const held = () =>
  z
    .prefault(
      z.strictObject({
        minGrowth: number(descriptors.minGrowth, 'Growth of a process from which a steady one counts as a leak.'),
        nearLimit: share(descriptors.nearLimit, 'Share of the open files that a process may have from which it warns.'),
      }),
      {},
    )
    .check(z.describe('Descriptors and threads.'));

const drifting = () =>
  z
    .prefault(
      z.strictObject({
        minMs: number(drift.minMs, 'Milliseconds that the median must have grown by.'),
        minShare: number(drift.minShare, 'Share of itself that the median must have grown by.'),
      }),
      {},
    )
    .check(z.describe('Drift of response times within sustained.'));

/** The thresholds that a profile may set, each by default what contract/report/default-thresholds.ts says; names and units are the same. */
export const thresholds = lazy(() =>
  z.strictObject({
    memoryGrowth: memory(),
    success: z
      .prefault(
        z.strictObject({
          passRate: share(success.passRate, 'Share from which the criterion passes.'),
          failRate: share(success.failRate, 'Share below which it fails.'),
        }),
        {},
      )
      .check(z.describe('Success of legitimate requests.')),
    errors: z
      .prefault(z.strictObject({ passRate: share(errors.passRate, 'Share up to which the criterion passes.') }), {})
      .check(z.describe('Share of requests that ended in an error.')),
    averageResponse: responseTime(averageResponse, 'Average response time.'),
    p95Response: responseTime(p95Response, 'Response time under normal load, 95th percentile.'),
    anyResponse: responseTime(anyResponse, 'Slowest response.'),
    drift: drifting(),
    responsiveness: responseTime(
      responsiveness,
      'Longest time in which the health check was not answered while the server ran.',
    ),
    cpu: cpuUse(),
    descriptors: held(),
    limitedShare: z
      .prefault(
        z.strictObject({ tolerance: share(limitedShare.tolerance, 'Deviation from the expected share that passes.') }),
        {},
      )
      .check(z.describe('Share of limited requests in rate-limit.')),
    leak: z
      .prefault(
        z.strictObject({
          minGrowthBytes: number(leak.minGrowthBytes, 'Smallest growth in bytes that counts as a leak.'),
          coarsestBytesPerRequest: number(
            leak.coarsestBytesPerRequest,
            'Bytes per request; a run that could only see larger leaks is inconclusive.',
          ),
        }),
        {},
      )
      .check(z.describe('Memory leak.')),
    pool: z
      .prefault(
        z.strictObject({
          nearExhaustion: share(pool.nearExhaustion, 'Share of connections in use at two probes in a row that warns.'),
        }),
        {},
      )
      .check(z.describe('Connection pool of the database.')),
    storeResponse: responseTime(
      storeResponse,
      'Answer of Redis to PING, of PostgreSQL to SELECT 1, and any command of Redis.',
    ),
    lockWait: responseTime(lockWait, 'Longest wait for a lock in PostgreSQL.'),
  }),
);

export type Thresholds = z.output<ReturnType<typeof thresholds>>;
