import { pathsAsked } from '../../contract/plan/limits.ts';
import { hasOneLimit } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import type { CountedTimes } from '../interpret/kinds/model.ts';
import { hair } from '../interpret/kinds/model.ts';
import { weightedPolls } from '../interpret/kinds/weighted.ts';
import { decidedByUs, isSharedLimit, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import { clockLagUs, rateError, toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { countBelow, mapped } from '../statistics.ts';
import type { FixedWindowTrace, OffsetRefutation } from './offsets.ts';
import { addPolled } from './polled-offsets.ts';

/** Offsets of windows are sought on a grid of this many positions within a window. */
const positions = 200;
/** Some servers count in whole seconds, if windows are this many or longer. */
const secondUs = 1_000_000;
const minWholeSeconds = 10;
/** Over more windows than this the offsets are sought anew. */
const maxWindows = 50;
export const maxSearchUs = (windowUs: number): number => maxWindows * windowUs;
const maxRefutations = 20;

/** Stretches of time of which each by itself leaves no offset, by what refuted the last of them. */
export interface WeightedRefutations {
  readonly excess: readonly OffsetRefutation[];
  readonly wrongful: readonly OffsetRefutation[];
}

interface Decision {
  readonly isAdmitted: boolean;
  readonly sendUs: number;
  readonly endUs: number;
}

/**
 * Where windows may begin: at the same offset for ever, the same but with the first request of a count, or anew with the first
 * request after two windows without any.
 */
export type Beginning = 'aligned' | 'with-count' | 'first-hit';

/**
 * Holds what a count admitted and refused against a weighted two-window counter at each offset of its windows. An admission at the
 * share f of a window has ⌊prev·(1−f)⌋ + cur ≤ N, itself included, a refusal ⌈prev·(1−f)⌉ + cur ≥ N: the first by those that
 * surely were counted, the second by those that can have been, and by what the monitor asks under the same count, which no ledger has.
 * One that is declared to may, once it has refused, refuse all to the end of the window, and then admits nothing there.
 */
export function weightedRefutations(trace: FixedWindowTrace): WeightedRefutations {
  const size = ({ excess, wrongful }: WeightedRefutations): number => excess.length + wrongful.length;
  let fewest: WeightedRefutations | null = null;
  for (const refusesOn of trace.limiter.refusesToEnd === true ? [false, true] : [false]) {
    for (const beginning of ['aligned', 'first-hit'] as const) {
      const found = new OffsetSearch(trace, beginning, refusesOn).run();
      if (fewest === null || size(found) < size(fewest)) fewest = found;
      if (size(fewest) === 0) return fewest;
    }
  }
  return fewest ?? { excess: [], wrongful: [] };
}

/** Whether nothing can have been counted before a run: each webhook is made for it, and has a count of its own. */
export function isNewCount({ provisioning }: TargetProfile, limiter: DeclaredLimiter): boolean {
  return provisioning.kind === 'create' && !isSharedLimit(limiter);
}

/**
 * The offsets that one count leaves possible, as a grid over a window; all of them if the search began anew in between, for then
 * the last stretch alone is known. Null if none is possible.
 */
export function weightedOffsets(trace: FixedWindowTrace, beginning: Beginning): Uint8Array | null {
  return new OffsetSearch(trace, beginning, trace.limiter.refusesToEnd === true).offsets();
}

function times(ledger: Ledger, indices: Uint32Array): CountedTimes {
  return {
    sends: mapped(indices, (at) => ledger.sendUs(at)).sort(),
    ends: mapped(indices, (at) => decidedByUs(ledger, at)).sort(),
  };
}

class OffsetSearch {
  private readonly excess: OffsetRefutation[] = [];
  private readonly wrongful: OffsetRefutation[] = [];
  private readonly possible = new Uint8Array(positions).fill(1);
  private readonly limit: number;
  /** What the monitor's own requests surely leave of it; all of it if it makes none under this count. */
  private readonly left: number;
  private readonly windowUs: number;
  private readonly lagUs: number;
  private readonly sure: CountedTimes;
  private readonly counted: CountedTimes;
  private readonly decisions: readonly Decision[];
  private readonly beginning: Beginning;
  /** Once it has refused it refuses all to the end of the window. */
  private readonly refusesOn: boolean;
  /** Nothing before the ledger began was counted. */
  private readonly isOwn: boolean;
  /** Of a position: the send of the request with which its windows began anew. */
  private readonly bornUs = new Float64Array(positions).fill(Number.NEGATIVE_INFINITY);
  /** Of a position: when something was last refused rightly, and the end of its window. */
  private readonly refusedAtUs = new Float64Array(positions).fill(Number.POSITIVE_INFINITY);
  private readonly refusedUntilUs = new Float64Array(positions).fill(Number.NEGATIVE_INFINITY);
  private sinceUs = Number.NEGATIVE_INFINITY;
  private beganAnew = false;
  private slackUs = 0;
  /** A refusal may be due to what came up to two windows before it, which must lie within the search. */
  private refusalsFromUs = Number.NEGATIVE_INFINITY;
  /** Ends of what came last: of all, and of what can have been counted. */
  private lastUs = Number.NEGATIVE_INFINITY;
  private lastCountedUs = Number.NEGATIVE_INFINITY;

  constructor(trace: FixedWindowTrace, beginning: Beginning, refusesOn: boolean) {
    const { ledger, indices, profile, limiter, isOneOfSeveral = !hasOneLimit(limiter) } = trace;
    const uses = (at: number): 'yes' | 'maybe' | 'no' => {
      const use = usesQuota(ledger, at, profile);
      return use === 'yes' && ledger.roleOf(at) === 'limiter.forwarded' ? 'maybe' : use;
    };
    const isRefused = (at: number): boolean =>
      ledger.outcomeOf(at) === 'limited' && ledger.roleOf(at) !== 'limiter.forwarded';
    this.beginning = beginning;
    this.refusesOn = refusesOn;
    this.isOwn = isNewCount(profile, limiter);
    this.limit = limiter.limit;
    this.left = limiter.limit - weightedPolls(pathsAsked(profile, limiter), limiter.windowMs);
    this.windowUs = limiter.windowMs * 1000;
    this.lagUs = clockLagUs(limiter);
    this.sure = times(
      ledger,
      indices.filter((at) => uses(at) === 'yes'),
    );
    this.counted = times(
      ledger,
      indices.filter((at) => mayTakePlace(ledger, at, profile)),
    );
    this.decisions = Array.from(indices)
      .filter((at) => uses(at) === 'yes' || (!isOneOfSeveral && isRefused(at)))
      .map((at) => ({
        isAdmitted: uses(at) === 'yes',
        sendUs: ledger.sendUs(at),
        endUs: ledger.endUs(at),
      }))
      .sort((a, b) => a.endUs - b.endUs);
  }

  run(): WeightedRefutations {
    for (const decision of this.decisions) {
      if (this.excess.length + this.wrongful.length >= maxRefutations) break;
      this.take(decision);
    }
    return { excess: this.excess, wrongful: this.wrongful };
  }

  offsets(): Uint8Array | null {
    const { excess, wrongful } = this.run();
    if (excess.length + wrongful.length > 0) return null;
    return this.beganAnew ? new Uint8Array(positions).fill(1) : this.possible;
  }

  private take(decision: Decision): void {
    const { endUs, isAdmitted, sendUs } = decision;
    if (endUs - this.sinceUs > maxSearchUs(this.windowUs)) this.reset(sendUs);
    const roundedUs = this.windowUs >= minWholeSeconds * secondUs ? secondUs : 0;
    const roundingUs = toleranceUs + this.lagUs + roundedUs + this.windowUs / positions;
    this.slackUs = roundingUs + rateError * Math.max(0, endUs - this.sinceUs);
    if (this.beginning === 'first-hit') this.beginAnew(decision);
    if (this.beginning === 'with-count' && this.lastUs === Number.NEGATIVE_INFINITY) this.beginHere(decision);
    this.lastUs = Math.max(this.lastUs, endUs);
    if (isAdmitted) this.lastCountedUs = Math.max(this.lastCountedUs, endUs);
    if (isAdmitted && this.isWithinTwoWindows(endUs)) return;
    let left = 0;
    for (let position = 0; position < positions; position += 1) {
      if (this.possible[position] !== 1) continue;
      const offsetUs = (position * this.windowUs) / positions;
      const may = isAdmitted
        ? this.mayAdmit(decision, offsetUs, this.bornUs[position] ?? 0) && !this.isRefusedOn(position, decision)
        : this.mayRefuseAt(position, decision, offsetUs);
      if (may) left += 1;
      else this.possible[position] = 0;
    }
    if (left > 0) return;
    (isAdmitted ? this.excess : this.wrongful).push({ fromUs: Math.min(this.sinceUs, sendUs), toUs: endUs });
    this.reset(sendUs);
  }

  /** Whether N or fewer were admitted in the two windows before, which no offset forbids. */
  private isWithinTwoWindows(endUs: number): boolean {
    const { ends } = this.sure;
    return countBelow(ends, endUs + 1) - countBelow(ends, endUs - 2 * this.windowUs) <= this.limit;
  }

  private mayAdmit({ sendUs, endUs }: Decision, offsetUs: number, bornUs: number): boolean {
    const { windowUs, slackUs, limit } = this;
    const startUs = this.startOf(endUs, offsetUs);
    // No request came before the one that began the windows anew.
    if (startUs < bornUs + slackUs) return this.between(bornUs, endUs + 1) <= limit;
    if (sendUs < startUs + slackUs) return true;
    const current = this.between(startUs + slackUs, endUs + 1);
    const previous = this.between(startUs - windowUs + slackUs, startUs - slackUs);
    const weight = Math.max(0, 1 - (endUs - startUs + slackUs) / windowUs);
    return Math.max(0, Math.floor(previous * weight - hair)) + current <= limit;
  }

  private mayRefuseAt(position: number, decision: Decision, offsetUs: number): boolean {
    const untilUs = this.refusedUntilUs[position] ?? 0;
    if (!this.mayRefuse(decision, offsetUs)) return this.refusesOn && decision.sendUs <= untilUs + this.slackUs;
    const { sendUs, endUs } = decision;
    const endsUs = this.startOf(endUs, offsetUs) + this.windowUs;
    // Where an edge may lie before it, the refusal may be of the window before.
    const isSure = this.startOf(sendUs - this.slackUs, offsetUs) + this.windowUs === endsUs;
    if (endsUs < untilUs) return true;
    const beforeUs = endsUs === untilUs ? (this.refusedAtUs[position] ?? 0) : Number.POSITIVE_INFINITY;
    this.refusedAtUs[position] = isSure ? Math.min(beforeUs, endUs) : beforeUs;
    this.refusedUntilUs[position] = endsUs;
    return true;
  }

  /** Whether it was surely decided after a refusal, and in the same window. */
  private isRefusedOn(position: number, { sendUs, endUs }: Decision): boolean {
    if (!this.refusesOn) return false;
    const refusedAtUs = this.refusedAtUs[position] ?? Number.POSITIVE_INFINITY;
    const untilUs = this.refusedUntilUs[position] ?? Number.NEGATIVE_INFINITY;
    return sendUs > refusedAtUs && endUs < untilUs - this.slackUs;
  }

  private mayRefuse({ sendUs, endUs }: Decision, offsetUs: number): boolean {
    const { windowUs, slackUs, left } = this;
    const { sends, ends } = this.counted;
    if (sendUs < this.refusalsFromUs) return true;
    const startUs = this.startOf(sendUs, offsetUs);
    if (sendUs < startUs + slackUs || endUs > startUs + windowUs - slackUs) return true;
    const current = countBelow(sends, endUs + toleranceUs) - countBelow(ends, startUs - slackUs);
    const previous = countBelow(sends, startUs + slackUs) - countBelow(ends, startUs - windowUs - slackUs);
    // A refusal that goes on may have begun with one of the monitor's own requests, at any time of the window.
    const isAnyTime = this.refusesOn && left < this.limit;
    const weight = isAnyTime ? 1 : Math.min(1, 1 - (sendUs - startUs - slackUs) / windowUs);
    return current + Math.ceil(previous * weight) >= left;
  }

  /** How many of the sure ones lie wholly between, at least; none of those before the search began anew. */
  private between(fromUs: number, toUs: number): number {
    const { sends, ends } = this.sure;
    return Math.max(0, countBelow(ends, toUs) - countBelow(sends, Math.max(fromUs, this.sinceUs)));
  }

  private startOf(us: number, offsetUs: number): number {
    return Math.floor((us - offsetUs) / this.windowUs) * this.windowUs + offsetUs;
  }

  /** After two windows without a count the next request begins a window. One that is refused may keep the old ones going. */
  private beginAnew({ sendUs, endUs }: Decision): void {
    const { windowUs, slackUs } = this;
    if (sendUs - this.lastCountedUs < windowUs - slackUs) return;
    const isPolled = this.left < this.limit;
    if (isPolled) addPolled(this.possible, windowUs);
    let begins = false;
    for (let position = 0; position < positions; position += 1) {
      if (this.possible[position] !== 1) continue;
      const offsetUs = (position * windowUs) / positions;
      if (endUs >= this.startOf(this.lastCountedUs - slackUs, offsetUs) + 2 * windowUs - slackUs) begins = true;
      // A quiet that polls may have broken is none.
      if (isPolled) continue;
      if (sendUs > this.startOf(this.lastUs + slackUs, offsetUs) + 2 * windowUs + slackUs) this.possible[position] = 0;
    }
    if (!begins) return;
    // The first of them by its decision may be any that was sent since.
    const { sends } = this.sure;
    const firstUs = Math.min(sendUs, sends[countBelow(sends, this.lastUs + 1)] ?? sendUs);
    const binUs = windowUs / positions;
    const [low, high] = [Math.floor((firstUs - slackUs) / binUs), Math.ceil((endUs + slackUs) / binUs)];
    for (let bin = low; bin <= Math.min(high, low + positions); bin += 1) {
      const position = ((bin % positions) + positions) % positions;
      if (this.possible[position] === 1) continue;
      this.possible[position] = 1;
      this.bornUs[position] = firstUs;
    }
  }

  /** Windows begin with the first request, unless others may lie before the ledger begins. */
  private beginHere({ sendUs, endUs }: Decision): void {
    if (!this.isOwn) return;
    const binUs = this.windowUs / positions;
    const firstUs = Math.min(sendUs, this.counted.sends[0] ?? sendUs);
    const [low, high] = [Math.floor((firstUs - this.slackUs) / binUs), Math.ceil((endUs + this.slackUs) / binUs)];
    if (high - low >= positions) return;
    this.possible.fill(0);
    for (let bin = low; bin <= high; bin += 1) this.possible[((bin % positions) + positions) % positions] = 1;
  }

  private reset(us: number): void {
    this.possible.fill(1);
    this.bornUs.fill(Number.NEGATIVE_INFINITY);
    this.refusedAtUs.fill(Number.POSITIVE_INFINITY);
    this.refusedUntilUs.fill(Number.NEGATIVE_INFINITY);
    const isFirst = this.sinceUs === Number.NEGATIVE_INFINITY;
    this.beganAnew = !isFirst;
    this.sinceUs = us;
    if (!(isFirst && this.isOwn)) this.refusalsFromUs = us + 2 * this.windowUs + this.slackUs;
  }
}
