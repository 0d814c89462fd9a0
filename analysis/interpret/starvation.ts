import type { Ledger } from '../journal/ledger.ts';
import type { Span } from '../journal/timeline.ts';
import { counted } from '../words.ts';
import { isFullOfOthers, usedPercent } from './full-machine.ts';
import type { Run, ScenarioRun } from './run.ts';
import { saturationsOf } from './saturation.ts';
import { coveredUs, mergedSpans } from './spans.ts';

/** Figures of CPU tell of the second before them. */
const toldUs = 1_000_000;

/** When others took most of a server's machine, which was full, in order of time and apart. */
function fullOfOthers({ servers }: Pick<Run, 'servers'>): readonly Span[] {
  const known = ofServers.get(servers);
  if (known !== undefined) return known;
  const spans: Span[] = [];
  for (const { identity, samples } of servers) {
    for (const sample of samples) {
      if (!isFullOfOthers(sample) || 2 * usedPercent(sample) >= 100 * identity.cores) continue;
      spans.push({ fromUs: sample.atUs - toldUs, toUs: sample.atUs });
    }
  }
  const found = mergedSpans(spans);
  ofServers.set(servers, found);
  return found;
}

/** Several rules ask, and of a long run each piece. */
const ofServers = new WeakMap<Run['servers'], readonly Span[]>();

/**
 * Tells which requests got no answer in time while nobody had CPU to spare, for half of their time or more: others took most of
 * the server's machine, which was full, or the generator used all that it may. Whose delay that was is not known.
 */
export function starvedTimeouts(run: Run, scenario: ScenarioRun, ledger: Ledger): (at: number) => boolean {
  const everybody = fullOfOthers(run);
  const saturations = saturationsOf(run, scenario);
  if (everybody.length === 0 && saturations.areNone) return () => false;
  return (at) => {
    if (ledger.outcomeOf(at) !== 'timeout') return false;
    const span = { fromUs: ledger.notedSendUs(at), toUs: ledger.notedEndUs(at) };
    const halfUs = (span.toUs - span.fromUs) / 2;
    return coveredUs(everybody, span) >= halfUs || coveredUs(saturations.of(ledger.generatorOf(at)), span) >= halfUs;
  };
}

/** In words for the sentence of a criterion that these leave open, and for its evidence. */
export const starvedWords = (timeouts: number): string =>
  `${counted(timeouts, 'timeout')} while the machine had no CPU to spare: whose delay that was is not known`;
