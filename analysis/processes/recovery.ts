import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
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
}

interface Request {
  readonly sendUs: number;
  readonly endUs: number;
  readonly hasFailed: boolean;
}

const failures: ReadonlySet<string> = new Set(['failed', 'timeout', 'unclassified']);

/** How long requests failed from some moment on; a failure is one that the server did not answer, or with an error. */
export function recoveryFrom({ scenarios }: Pick<Run, 'scenarios'>, fromUs: number, toUs: number): Recovery {
  const requests = scenarios
    .flatMap(({ ledger }) => (ledger === null ? [] : requestsFrom(ledger, fromUs - beforeUs)))
    .toSorted((a, b) => a.endUs - b.endUs);
  const first = requests.findIndex(({ hasFailed, sendUs }) => hasFailed && sendUs <= toUs + afterUs);
  if (first === -1) return { ms: 0, failed: 0 };
  const firstUs = requests[first]?.endUs ?? fromUs;
  let failed = 0;
  let sinceUs: number | null = null;
  for (const { endUs, hasFailed } of requests.slice(first)) {
    if (sinceUs !== null && endUs - sinceUs >= steadyUs) break;
    if (hasFailed) failed += 1;
    sinceUs = hasFailed ? null : (sinceUs ?? endUs);
  }
  return { ms: sinceUs === null ? null : (sinceUs - firstUs) / 1000, failed };
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

export function recoveryInWords({ ms, failed }: Recovery): string {
  if (failed === 0) return 'no request failed with it';
  const requests = counted(failed, 'request');
  return ms === null
    ? `${requests} failed, and none succeeded after that`
    : `${requests} failed, and they succeeded again ${(ms / 1000).toFixed(1)} s after the first of these`;
}
