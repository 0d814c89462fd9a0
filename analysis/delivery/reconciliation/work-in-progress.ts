import { lazy } from '../../../contract/profile/lazy.ts';
import { forEachSignal } from '../../interpret/attempts.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { DeliveredSignals } from '../delivered-signals.ts';
import { mayHaveChanged } from '../idempotency/changed-payload.ts';
import { type KeyLifeUs, shortestGapUs, surelyWithinTtl } from '../ttl.ts';
import type { Signal } from './signal-outcomes.ts';

/** A target lets a key go within this after the effect; one that stores its answer afterwards takes some of it. */
export const releaseUs = 500_000;

/** A signal's last answer "in progress", and how long after another of its requests had ended it was sent. */
interface LastPending {
  readonly at: number;
  readonly heldUs: number;
}

/** Whether a signal was worked on when it was said to be: a server may acknowledge it at once, and process it much later. */
export class WorkInProgress {
  private readonly ledger: Ledger;
  private readonly delivered: () => DeliveredSignals;
  private readonly soonestReleaseUs: () => number;

  constructor(ledger: Ledger, life: KeyLifeUs | null) {
    this.ledger = ledger;
    this.delivered = lazy(() => new DeliveredSignals(ledger));
    this.soonestReleaseUs = lazy(() => soonestRelease(ledger, life));
  }

  /** Whether the work had surely ended long enough before the last answer "in progress". */
  hadEnded(signal: Signal, { at, heldUs }: LastPending): 'yes' | 'no' | 'unknown' {
    const { outcomes, effects, isRead, index } = signal;
    if (isRead && effects === 0) return 'yes';
    // All that were asked about later were let go, and none was sooner: the work takes that long.
    const soonestUs = this.soonestReleaseUs();
    if (outcomes.accepted.length > 0 && soonestUs >= heldUs && soonestUs < Number.POSITIVE_INFINITY) return 'no';
    const time = effects === 1 ? this.delivered().effectTimeOf(index) : null;
    if (time !== null && time.toUs <= this.ledger.sendUs(at) - releaseUs) return 'yes';
    if (time !== null && time.fromUs !== null) return 'no';
    // Whoever answered with a failure works on nothing.
    return effects === 0 && hasOnlyFailed(signal) ? 'yes' : 'unknown';
  }
}

const hasOnlyFailed = ({ outcomes: { accepted, duplicates, either, hasUnknown } }: Signal): boolean =>
  accepted.length + duplicates.length + either.length === 0 && !hasUnknown;

/** The shortest time from an acceptance to a repeat that was called a duplicate, and no longer in progress; infinite if there is none. */
function soonestRelease(ledger: Ledger, life: KeyLifeUs | null): number {
  let soonestUs = Number.POSITIVE_INFINITY;
  if (life === null) return soonestUs;
  forEachSignal(ledger, ([first, ...repeats]) => {
    if (first === undefined || ledger.outcomeOf(first) !== 'accepted' || mayHaveChanged(ledger, first)) return;
    for (const at of repeats) {
      if (ledger.outcomeOf(at) !== 'duplicate' || !surelyWithinTtl(ledger, first, at, life)) continue;
      soonestUs = Math.min(soonestUs, shortestGapUs(ledger, first, at));
    }
  });
  return soonestUs;
}
