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
  /** From the first request that failed to the first one from which on they succeeded for a second; null if that did not come. */
  readonly ms: number | null;
  /** Until then, those included that were under way then and failed later. */
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

export const failedOutcomes: ReadonlySet<string> = new Set(['failed', 'timeout', 'unclassified']);

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
  const stretches = stretchesOf(requests.slice(first));
  const at = stretches.findIndex((_, n) => isSteady(stretches, n, toUs));
  const sinceUs = stretches[at]?.sinceUs ?? null;
  if (sinceUs === null) return { ms: null, failed: stretches.length, uncertaintyMs };
  // What was under way then, and failed later, failed with the others.
  const later = stretches.slice(at + 1).filter(({ failure }) => failure.sendUs < sinceUs).length;
  return { ms: (sinceUs - firstUs) / 1000, failed: at + 1 + later, uncertaintyMs };
}

/** A failure, and what succeeded between its end and that of the next one. */
interface Stretch {
  readonly failure: Request;
  /** The end of the first success; null without one. */
  sinceUs: number | null;
  lastUs: number;
  /** Whether a request that was sent after the first success succeeded, too. */
  servesNew: boolean;
}

/** @param requests in the order of their ends, the first one a failure. */
function stretchesOf(requests: readonly Request[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const request of requests) {
    const stretch = stretches.at(-1);
    if (request.hasFailed) stretches.push({ failure: request, sinceUs: null, lastUs: 0, servesNew: false });
    else if (stretch !== undefined) {
      stretch.sinceUs ??= request.endUs;
      stretch.lastUs = request.endUs;
      stretch.servesNew ||= request.sendUs >= stretch.sinceUs;
    }
  }
  return stretches;
}

/**
 * Whether requests succeed for good from the first success of a stretch on: for a second, and to the end of what is looked at, none fails
 * and none is sent that fails later. A time in which nothing ends shows no success.
 * @param stretches in the order of their ends. There may be as many as requests: what comes later is looked at only after a quiet second.
 * @param at which of them.
 */
function isSteady(stretches: readonly Stretch[], at: number, toUs: number): boolean {
  const { sinceUs = null, lastUs = 0, servesNew = false } = stretches[at] ?? {};
  if (sinceUs === null) return false;
  const steadyToUs = Math.max(sinceUs + steadyUs, toUs);
  const next = stretches[at + 1]?.failure;
  if (next === undefined) return true;
  if (next.endUs < steadyToUs) return false;
  const later = stretches.slice(at + 1);
  if (later.some(({ failure: { sendUs } }) => sendUs >= sinceUs && sendUs < steadyToUs)) return false;
  return servesNew || lastUs >= steadyToUs || next.sendUs >= steadyToUs;
}

function requestsFrom(ledger: Ledger, fromUs: number): readonly Request[] {
  const found: Request[] = [];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at) || ledger.notedEndUs(at) < fromUs) continue;
    const hasFailed = failedOutcomes.has(ledger.recordedOutcomeOf(at));
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
    ? `${requests} failed, up to the last: it did not recover within the run`
    : `${requests} failed, and they succeeded again ${(ms / 1000).toFixed(1)} s${uncertaintyMs < toldFromMs ? '' : ` ±${(uncertaintyMs / 1000).toFixed(1)} s`} after the first of these`;
}
