import type { Run } from '../interpret/run.ts';
import { starvedTimeouts } from '../interpret/starvation.ts';
import { apartUs } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';

/** What a look shows lasts until about the next one. */
const lookEveryUs = 1_000_000;
const minFailed = 3;
const minShare = 0.05;
const minRatio = 10;

/**
 * Whether requests failed while something lasted, and hardly otherwise: in words, or null. That a store was full is no fault by itself;
 * that requests failed with it is one.
 */
export function failedMeanwhile(run: Run, spans: readonly Span[]): string | null {
  const { scenarios, servers } = run;
  // What surely lies within, whatever the clocks leave open.
  const wideUs = lookEveryUs / 2 - servers.reduce((most, server) => Math.max(most, apartUs(server)), 0);
  const near = spans.flatMap(({ fromUs, toUs }) =>
    toUs + wideUs < fromUs - wideUs ? [] : [{ fromUs: fromUs - wideUs, toUs: toUs + wideUs }],
  );
  const within = { failed: 0, all: 0 };
  const outside = { failed: 0, all: 0 };
  for (const scenario of scenarios) {
    const { ledger, digest } = scenario;
    const isStarved = ledger === null ? () => false : starvedTimeouts(run, scenario, ledger);
    const before = { within: within.all, outside: outside.all };
    for (let at = 0; ledger !== null && at < ledger.length; at += 1) {
      if (!ledger.isSignal(at)) continue;
      const [sendUs, endUs, outcome] = [ledger.notedSendUs(at), ledger.notedEndUs(at), ledger.outcomeOf(at)];
      if (outcome === 'unsent' || outcome === 'abandoned' || isStarved(at)) continue;
      const tally = near.some(({ fromUs, toUs }) => sendUs <= toUs && endUs >= fromUs) ? within : outside;
      tally.all += 1;
      if (outcome === 'failed' || outcome === 'timeout') tally.failed += 1;
    }
    if (digest === null) continue;
    // All that failed is among the rows that are held; of the others there are counts.
    const meanwhile = near.reduce((sum, { fromUs, toUs }) => sum + digest.perSecond.within(fromUs, toUs), 0);
    within.all = Math.max(within.all, before.within + meanwhile);
    outside.all = Math.max(outside.all, before.outside + digest.errors.requests - meanwhile);
  }
  const [share, otherwise] = [within.failed / within.all, outside.all === 0 ? 0 : outside.failed / outside.all];
  if (within.failed < minFailed || share < minShare || share < minRatio * otherwise) return null;
  return `${within.failed} of ${within.all} requests failed meanwhile, ${outside.failed} of ${outside.all} otherwise`;
}
