import type { TargetProfile } from '../../../contract/profile/profile.ts';
import { decidedByUs, mayTakePlace } from '../../interpret/quota-use.ts';
import { toleranceUs } from '../../interpret/tolerance.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { countBelow, mapped } from '../../statistics.ts';

/** The requests of one count, sorted for the question of what came between an answer and a later refusal. */
export class Between {
  readonly refused: Uint32Array;
  private readonly refusedSends: Float64Array;
  private readonly accepted: Uint32Array;
  private readonly acceptedSends: Float64Array;
  private readonly countedSends: Float64Array;
  private readonly countedEnds: Float64Array;
  private readonly sends: Float64Array;
  private readonly ends: Float64Array;
  private readonly ledger: Ledger;

  /** @param indices in order of sending. */
  constructor(ledger: Ledger, indices: Uint32Array, profile: TargetProfile) {
    this.ledger = ledger;
    this.refused = indices.filter((at) => ledger.outcomeOf(at) === 'limited');
    const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
    const sendsOf = (of: Uint32Array): Float64Array => mapped(of, (at) => ledger.sendUs(at));
    const endsOf = (of: Uint32Array): Float64Array => mapped(of, (at) => decidedByUs(ledger, at)).sort();
    this.refusedSends = sendsOf(this.refused);
    this.accepted = indices.filter((at) => ledger.outcomeOf(at) === 'accepted');
    this.acceptedSends = sendsOf(this.accepted);
    [this.countedSends, this.countedEnds] = [sendsOf(counted), endsOf(counted)];
    [this.sends, this.ends] = [sendsOf(indices), endsOf(indices)];
  }

  /** The first refusal of a request that was sent at this time or later. */
  nextRefused(fromUs: number): number | null {
    return this.refused[countBelow(this.refusedSends, fromUs)] ?? null;
  }

  /** Whether a request was sent after one time and admitted before the other. */
  isAdmittedBetween(fromUs: number, toUs: number): boolean {
    const next = this.accepted[countBelow(this.acceptedSends, fromUs)];
    return next !== undefined && this.ledger.endUs(next) < toUs;
  }

  /** Whether nothing can have been counted from the answer to the refusal. */
  isIdle(answer: number, refusal: number): boolean {
    const since = countBelow(this.countedEnds, this.ledger.sendUs(answer) - toleranceUs);
    return countBelow(this.countedSends, this.ledger.endUs(refusal) + toleranceUs) <= since;
  }

  /** The most that can have been counted between the two: all that was in flight meanwhile, refused ones too. */
  maxBetween(answer: number, refusal: number): number {
    const since = countBelow(this.ends, this.ledger.sendUs(answer) - toleranceUs);
    return countBelow(this.sends, this.ledger.endUs(refusal) + toleranceUs) - since - 2;
  }
}
