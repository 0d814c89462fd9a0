import type { Thresholds } from './thresholds.ts';

/**
 * The one place that holds what passes, warns and fails; k6 thresholds and analysis rules both derive from it. A target's profile
 * may set other thresholds (contract/report/thresholds.ts): judge by those of the run's profile.
 */

export const criterionIds = [
  'worker-crashes',
  'memory-growth',
  'memory-leak',
  'success-rate',
  'error-rate',
  'average-response-time',
  'p95-response-time',
  'any-response',
  'cpu',
  'rate-limiter',
  'limited-share',
  'exactly-once',
  'database-and-redis',
] as const;
export type CriterionId = (typeof criterionIds)[number];

/** The six questions of a deploy, in the report's order; each criterion answers one. */
export const questions = [
  'Did a worker die?',
  'Does memory grow?',
  'Is the rate limiter right?',
  'Is each signal processed exactly once?',
  'Are response times in budget?',
  'Did the database and Redis stay healthy?',
] as const;
export type Question = (typeof questions)[number];

export interface Criterion {
  readonly title: string;
  readonly question: Question;
}

/** The bounds as the report shows them. */
export interface ThresholdWords {
  readonly pass: string;
  readonly warn: string | null;
  readonly fail: string | null;
}

const megabyte = 1_000_000;

export const bounds = {
  memoryGrowth: { warnBytes: 50 * megabyte, failBytes: 100 * megabyte, edgeMs: 5_000 },
  success: { passRate: 0.95, failRate: 0.9, minRequests: 100 },
  errors: { passRate: 0.05 },
  averageResponse: { warnMs: 100, failMs: 500 },
  p95Response: { warnMs: 200, failMs: 1000 },
  anyResponse: { warnMs: 500, failMs: 1000 },
  cpu: { warnPercent: 80, sustainedMs: 10_000 },
  /** Around the share that the limit leaves over, which is one half of 20 signals at a limit of 10. */
  limitedShare: { tolerance: 0.1 },
  /**
   * A process that ends less than that above what it had in warm-up shows an allocator at work, not a leak (measured on
   * healthy Node workers: up to 2.3 MB); a run that could not have seen a leak of `coarsest` must not pass.
   */
  leak: { minGrowthBytes: 4 * megabyte, coarsestBytesPerRequest: 50_000 },
  pool: { nearExhaustion: 0.9 },
  /** A generator gap longer than this takes the requests that overlap it out of the response-time criteria. */
  stallMs: 100,
} as const;

export const criteria: Readonly<Record<CriterionId, Criterion>> = {
  'worker-crashes': {
    title: 'Worker crashes',
    question: 'Did a worker die?',
  },
  'memory-growth': {
    title: 'Memory growth during sustained load',
    question: 'Does memory grow?',
  },
  'memory-leak': {
    title: 'Memory leak over the load/settle cycles',
    question: 'Does memory grow?',
  },
  'success-rate': {
    title: 'Success of legitimate requests',
    question: 'Are response times in budget?',
  },
  'error-rate': {
    title: 'Error rate',
    question: 'Are response times in budget?',
  },
  'average-response-time': {
    title: 'Average response time',
    question: 'Are response times in budget?',
  },
  'p95-response-time': {
    title: 'Response time under normal load (p95, sustained)',
    question: 'Are response times in budget?',
  },
  'any-response': {
    title: 'Any response',
    question: 'Are response times in budget?',
  },
  cpu: {
    title: 'CPU of the server',
    question: 'Are response times in budget?',
  },
  'rate-limiter': {
    title: 'Rate limiter',
    question: 'Is the rate limiter right?',
  },
  'limited-share': {
    title: 'Limited share in rate-limit',
    question: 'Is the rate limiter right?',
  },
  'exactly-once': {
    title: 'Exactly once',
    question: 'Is each signal processed exactly once?',
  },
  'database-and-redis': {
    title: 'Database and Redis',
    question: 'Did the database and Redis stay healthy?',
  },
};

/** Figures without the noise of binary fractions. */
const plain = (value: number): number => Number(value.toPrecision(6));
const percent = (share: number): number => plain(share * 100);
const megabytes = (bytes: number): number => plain(bytes / megabyte);

/** Null where the two are one and nothing lies between. */
function between(from: number, to: number, unit: string): string | null {
  return from === to ? null : `${from}–${to} ${unit}`;
}

/** What each criterion passes, warns and fails at, in words, with the thresholds that a run is judged by. */
export function thresholdsInWords(thresholds: Thresholds): Readonly<Record<CriterionId, ThresholdWords>> {
  const { memoryGrowth, success, errors, averageResponse, p95Response, anyResponse, cpu } = thresholds;
  return {
    'worker-crashes': { pass: '0', warn: null, fail: '≥ 1' },
    'memory-growth': {
      pass: `< ${megabytes(memoryGrowth.warnBytes)} MB`,
      warn: between(megabytes(memoryGrowth.warnBytes), megabytes(memoryGrowth.failBytes), 'MB'),
      fail: `≥ ${megabytes(memoryGrowth.failBytes)} MB`,
    },
    'memory-leak': { pass: 'none', warn: null, fail: 'leak' },
    'success-rate': {
      pass: `≥ ${percent(success.passRate)} %`,
      warn: between(percent(success.failRate), percent(success.passRate), '%'),
      fail: `< ${percent(success.failRate)} %`,
    },
    'error-rate': { pass: `≤ ${percent(errors.passRate)} %`, warn: `> ${percent(errors.passRate)} %`, fail: null },
    'average-response-time': {
      pass: `< ${averageResponse.warnMs} ms`,
      warn: between(averageResponse.warnMs, averageResponse.failMs, 'ms'),
      fail: `> ${averageResponse.failMs} ms`,
    },
    'p95-response-time': {
      pass: `< ${p95Response.warnMs} ms`,
      warn: between(p95Response.warnMs, p95Response.failMs, 'ms'),
      fail: `> ${p95Response.failMs} ms`,
    },
    'any-response': {
      pass: `≤ ${anyResponse.warnMs} ms`,
      warn: `> ${anyResponse.warnMs} ms`,
      fail: `> ${anyResponse.failMs} ms`,
    },
    cpu: { pass: `≤ ${cpu.warnPercent} %`, warn: `> ${cpu.warnPercent} % for ${cpu.sustainedMs / 1000} s`, fail: null },
    'rate-limiter': {
      pass: 'conforms',
      warn: 'Retry-After missing or wrong, or a forged X-Forwarded-For evades it',
      fail: 'admits more than its bound, or blocks what it must admit',
    },
    'limited-share': { pass: 'about 50 %', warn: null, fail: 'limiter absent' },
    'exactly-once': { pass: 'proven on this run', warn: null, fail: 'lost or processed twice' },
    'database-and-redis': { pass: 'no error, pool never exhausted', warn: 'near exhaustion', fail: 'errors' },
  };
}

/**
 * `not-applicable`: the profile declares the thing absent. `not-run`: outside this command. Neither touches the exit code.
 * `inconclusive`: the evidence that would decide is missing or too thin; never a pass.
 */
export const statuses = ['pass', 'warn', 'fail', 'inconclusive', 'not-applicable', 'not-run'] as const;
export type Status = (typeof statuses)[number];

/**
 * 2: nothing was sent; it never follows a run. 3: inconclusive, also where the disk refused what the verdict needs. 70: a bug
 * of ours. Where several hold: 130, 70, 1, 3, 0.
 */
export const exitCodes = { passed: 0, failed: 1, usage: 2, inconclusive: 3, internal: 70, interrupted: 130 } as const;

const exitCodesByWeight: readonly number[] = [
  exitCodes.interrupted,
  exitCodes.internal,
  exitCodes.failed,
  exitCodes.inconclusive,
  exitCodes.passed,
];

/** The exit code of a run for which all of these hold. */
export function weightiestExitCode(...codes: readonly number[]): number {
  return exitCodesByWeight.find((code) => codes.includes(code)) ?? exitCodes.internal;
}
