import type { SignalPicture } from '../../contract/report/pictures.ts';
import { drawnRequests, msFrom, secondsFrom } from '../interpret/drawn-requests.ts';
import type { Ledger } from '../journal/ledger.ts';
import { times } from '../words.ts';
import type { WrongKind } from './reconciliation/findings.ts';
import type { Signal } from './reconciliation/signal-outcomes.ts';

/** Where and when a scenario took place. */
export interface ScenarioPlace {
  readonly scenario: string;
  readonly startedAtUs: number;
}

/** Makes the picture of a signal, for those that are shown. */
export type DrawSignal = (place: ScenarioPlace) => SignalPicture;

/** The life of a signal that went wrong. */
export function signalPicture(
  ledger: Ledger,
  signal: Signal,
  kind: WrongKind,
  sentName: (id: string) => string,
): DrawSignal {
  return ({ scenario, startedAtUs }) => {
    const { attempts, first, effects, isRead, life } = signal;
    const zeroUs = ledger.sendUs(first);
    const name = sentName(ledger.signals.text(signal.index));
    const [claimed = first] = signal.outcomes.accepted;
    const fromMs = msFrom(ledger.sendUs(claimed), zeroUs);
    return {
      kind: 'signal',
      title: `${scenario}: signal ${name} ${inWords(kind, effects)}`,
      atSeconds: secondsFrom(zeroUs, startedAtUs),
      ...{ scenario, signal: name },
      ...drawnRequests(ledger, attempts, zeroUs, marksOf(ledger, signal, kind)),
      processed: isRead || effects > 0 ? effects : null,
      effects: effectsOf(ledger, signal, zeroUs),
      ttl: life === null ? null : { fromMs, toMs: fromMs + life.minUs / 1000 },
    };
  };
}

function inWords(kind: WrongKind, effects: number): string {
  switch (kind) {
    case 'lost':
      return effects === 0 ? 'was accepted and never processed' : `was processed only ${times(effects)}`;
    case 'processed twice':
      return `was processed ${times(effects)}`;
    default:
      return `was ${kind}`;
  }
}

/** What is wrong with which of its requests. */
function marksOf(ledger: Ledger, { outcomes, attempts }: Signal, kind: WrongKind): ReadonlyMap<number, string> {
  const { accepted, duplicates } = outcomes;
  const told = (outcome: string): readonly number[] => attempts.filter((at) => ledger.outcomeOf(at) === outcome);
  const marked = (indices: readonly number[], text: string): ReadonlyMap<number, string> =>
    new Map(indices.map((at) => [at, text]));
  switch (kind) {
    case 'lost':
      return accepted.length > 0
        ? marked(accepted.slice(0, 1), 'accepted, but lost')
        : marked(duplicates.slice(0, 1), 'duplicate, never processed');
    case 'accepted again and not processed':
    case 'processed twice':
    case 'accepted twice':
      return marked(accepted.slice(1), 'accepted again');
    case 'wrongly suppressed':
      return marked(duplicates.slice(-1), 'duplicate of nothing');
    case 'stuck in progress':
      return marked(told('pending').slice(-1), 'still in progress');
    case 'wrongly called changed':
      return marked(told('changed').slice(0, 1), 'wrongly called changed');
    case 'unexpected':
      return new Map();
  }
}

/** The target's clock may be another one: what it tells counts only around the requests. */
const beforeUs = 2_000_000;
const afterUs = 600_000_000;

function effectsOf(
  ledger: Ledger,
  { index, attempts, first, effects }: Signal,
  zeroUs: number,
): SignalPicture['effects'] {
  const { effectTimes } = ledger;
  const lastUs = attempts.reduce((last, at) => Math.max(last, ledger.endUs(at)), zeroUs);
  const isNear = (us: number): boolean => us >= ledger.sendUs(first) - beforeUs && us <= lastUs + afterUs;
  const told = [effectTimes.toldUsOf(index), effectTimes.lastToldUsOf(index)].slice(0, effects).filter(isNear);
  if (told.length > 0) return told.map((us) => ({ fromMs: msFrom(us, zeroUs), toMs: msFrom(us, zeroUs) }));
  const seen = effectTimes.seenTimeOf(index);
  if (seen === null || effects === 0) return [];
  return [{ fromMs: seen.fromUs === null ? null : msFrom(seen.fromUs, zeroUs), toMs: msFrom(seen.toUs, zeroUs) }];
}
