import type { Measure } from '../../contract/report/report.ts';
import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { Span } from '../journal/timeline.ts';
import { counted } from '../words.ts';

/** What broke off with an end shows up to so long before it is noticed. */
const beforeUs = 500_000;

/** Failures that begin later than this after a moment have another cause. */
const afterUs = 2_000_000;

/** Requests succeed again if none fails for this long. */
const steadyUs = 1_000_000;

export interface Recovery {
  /** From the first request that failed to the first one of a second without a failure; null if no such second came. */
  readonly ms: number | null;
  readonly failed: number;
  /** What the clocks of several generators leave open of it: 0 for one; null: so much that nothing is known. */
  readonly uncertaintyMs: number | null;
}

/** Less does not show in tenths of a second. */
const toldFromMs = 50;

interface Request {
  readonly sendUs: number;
  readonly endUs: number;
  readonly hasFailed: boolean;
}

const failures: ReadonlySet<string> = new Set(['failed', 'timeout', 'unclassified']);

/** A moment that may be off by more beside the requests has failures of another cause around it. */
const alignedUs = beforeUs;

/**
 * How long requests failed from some moment on; a failure is one that the server did not answer, or with an error.
 * @param apartUs how far the moment may be off beside the requests.
 */
export function recoveryFrom({ scenarios }: Pick<Run, 'scenarios'>, { fromUs, toUs }: Span, apartUs = 0): Recovery {
  if (apartUs > alignedUs) return { ms: null, failed: 0, uncertaintyMs: null };
  // The first failure and the success after it may be of two generators.
  const uncertaintyMs = scenarios.reduce((most, { ledger }) => Math.max(most, 2 * (ledger?.widestUs ?? 0)), 0) / 1000;
  const requests = scenarios
    .flatMap(({ ledger }) => (ledger === null ? [] : requestsFrom(ledger, fromUs - beforeUs)))
    .toSorted((a, b) => a.endUs - b.endUs);
  const first = requests.findIndex(({ hasFailed, sendUs }) => hasFailed && sendUs <= toUs + afterUs);
  if (first === -1) return { ms: 0, failed: 0, uncertaintyMs };
  const firstUs = requests[first]?.endUs ?? fromUs;
  let failed = 0;
  let sinceUs: number | null = null;
  for (const { endUs, hasFailed } of requests.slice(first)) {
    if (sinceUs !== null && endUs - sinceUs >= steadyUs) break;
    if (hasFailed) failed += 1;
    sinceUs = hasFailed ? null : (sinceUs ?? endUs);
  }
  return { ms: sinceUs === null ? null : (sinceUs - firstUs) / 1000, failed, uncertaintyMs };
}

function requestsFrom(ledger: Ledger, fromUs: number): readonly Request[] {
  const found: Request[] = [];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at) || ledger.notedEndUs(at) < fromUs) continue;
    const hasFailed = failures.has(ledger.recordedOutcomeOf(at));
    found.push({ sendUs: ledger.notedSendUs(at), endUs: ledger.notedEndUs(at), hasFailed });
  }
  return found;
}

/** The longest one; none where requests never succeeded again, or nobody knows. */
export function recoveryMeasures(recoveries: readonly Recovery[]): readonly Measure[] {
  const longest = recoveries.reduce<Recovery | null>(
    (most, each) => (most === null || each.ms === null || (most.ms !== null && each.ms > most.ms) ? each : most),
    null,
  );
  if (longest === null || recoveries.some(({ ms }) => ms === null)) return [];
  const { ms, uncertaintyMs } = longest;
  if (ms === null || uncertaintyMs === null) return [];
  const range = uncertaintyMs === 0 ? {} : { low: Math.max(0, ms - uncertaintyMs), high: ms + uncertaintyMs };
  return [{ name: 'recovery', value: ms, unit: 'ms', ...range }];
}

export function recoveryInWords({ ms, failed, uncertaintyMs }: Recovery): string {
  if (uncertaintyMs === null) return 'which requests failed with it is not known, for clocks are off by too much';
  if (failed === 0) return 'no request failed with it';
  const requests = counted(failed, 'request');
  return ms === null
    ? `${requests} failed, and none succeeded after that`
    : `${requests} failed, and they succeeded again ${(ms / 1000).toFixed(1)} s${uncertaintyMs < toldFromMs ? '' : ` ±${(uncertaintyMs / 1000).toFixed(1)} s`} after the first of these`;
}
