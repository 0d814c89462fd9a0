import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { signalName } from '../interpret/drawn-requests.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { admittedInPenalty } from '../interpret/penalty.ts';
import { usesQuota } from '../interpret/quota-use.ts';
import { clockLagUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { type Burst, endOrder, endsOf, maxAdmitted, possiblyWithin, sendsOf, spansMs, surelyWithin } from './bounds.ts';
import { Contradictions } from './contradictions.ts';
import { areRefusalsJudged, type EdgeContradiction, type EdgeContradictions, edgeContradictions } from './edges.ts';
import { type IsolatedBurst, isolatedBursts } from './isolated-bursts.ts';
import type { JudgedCount } from './judged-count.ts';
import { highestLine, longestSpanMs, mayExceedLine, surelyAboveLine } from './line-excess.ts';
import { at, seconds } from './told-times.ts';
import { admittedInPenaltyPicture, excessPicture, stretchPicture } from './window-picture.ts';
import { type Refusals, wrongfulOf } from './wrongful-refusals.ts';

/** How one count of a limiter fared against a kind. */
export interface Conformance extends Refusals {
  readonly verdict: 'violates' | 'conforms' | 'inconclusive';
  /** More admitted than the bound of some span. */
  readonly excess: Contradictions;
  /** Of these: admitted in a penalty time. */
  readonly inPenalty: number;
  readonly limited: number;
  readonly bursts: readonly IsolatedBurst[];
  /** Isolated bursts that test the limiter: more were sent than their span allows, and some were throttled. */
  readonly decisive: number;
}

/** What was admitted, held against a kind. */
interface AdmittedSide {
  readonly excess: Contradictions;
  readonly inPenalty: number;
  /** More can have been admitted than the bound of some span. */
  readonly isUndecided: boolean;
}

/**
 * One count held against a kind of limiter: what it admitted and what it refused, each worked out when it is asked for. Candidates are
 * tried by the dozen, and most are refuted by one of the two.
 */
export class HeldAgainst {
  readonly bursts: readonly IsolatedBurst[];
  private readonly count: JudgedCount;
  /** A forged X-Forwarded-For that gets through is a finding of its own, and no sign of a wrong count. */
  private readonly judged: JudgedCount;
  private readonly uses: (at: number) => 'yes' | 'maybe' | 'no';
  private edgesFound: EdgeContradictions | null = null;

  constructor(given: JudgedCount) {
    const { ledger, indices, limiter } = given;
    this.count = { ...given, profile: { ...given.profile, limiter } };
    this.uses = (at) => usesQuota(ledger, at, this.count.profile);
    const judged = indices.filter((at) => ledger.roleOf(at) !== 'limiter.forwarded');
    this.judged = { ...this.count, indices: judged };
    this.bursts = isolatedBursts(ledger, judged, limiter.windowMs + clockLagUs(limiter) / 1000, this.uses);
  }

  admitted(): AdmittedSide {
    const { ledger, indices, limiter } = this.judged;
    const lagUs = clockLagUs(limiter);
    const possible = indices.filter((at) => this.uses(at) !== 'no');
    const sends = sendsOf(ledger, possible);
    const ends = endsOf(ledger, possible).sort();
    const spans = spansMs(limiter).filter((spanMs) => maxAdmitted(limiter, spanMs) < possible.length);
    const undecidedMs = spans.filter(
      (spanMs) => possiblyWithin(sends, ends, spanMs, lagUs) > maxAdmitted(limiter, spanMs),
    );
    const isUndecided = undecidedMs.length > 0 || mayExceedLine(sends, ends, limiter);
    const excess = new Contradictions();
    addEdges(excess, this.edges.excess, this.count);
    const inPenalty = addPenalties(excess, this.judged);
    if (isUndecided) addFullSpans(excess, this.judged, undecidedMs);
    return { excess, inPenalty, isUndecided };
  }

  refused(): Refusals {
    const refusals = wrongfulOf(this.count);
    const { wrongful } = refusals;
    if (areRefusalsJudged(this.count.limiter.kind) && !wrongful.proven)
      addEdges(wrongful, this.edges.wrongful, this.count);
    return refusals;
  }

  private get edges(): EdgeContradictions {
    // A weighted counter is judged by its refusals, too, and forged requests may be the reason of one.
    const trace = areRefusalsJudged(this.count.limiter.kind) ? this.count : this.judged;
    this.edgesFound ??= edgeContradictions(trace, this.bursts);
    return this.edgesFound;
  }
}

/** Holds the requests of one count against a kind of limiter. */
export function conformanceOf(given: JudgedCount): Conformance {
  const { ledger, indices, limiter } = given;
  const held = new HeldAgainst(given);
  const { excess, inPenalty, isUndecided } = held.admitted();
  const refusals = held.refused();
  const { bursts } = held;
  const decisive = bursts.filter(
    ({ attempts, admitted: count, doubtful, limited, spanMs }) =>
      limited > 0 && attempts > minChallenge(limiter, spanMs) && count + doubtful <= maxKept(limiter, spanMs),
  ).length;
  const violates = excess.count > 0 || refusals.wrongful.count > 0;
  return {
    verdict: violates ? 'violates' : isUndecided ? 'inconclusive' : 'conforms',
    excess,
    inPenalty,
    ...refusals,
    limited: indices.reduce((sum, at) => sum + (ledger.outcomeOf(at) === 'limited' ? 1 : 0), 0),
    bursts,
    decisive,
  };
}

/** Attempts within the span that no limiter of the kind takes without a refusal, wherever its edges lie. */
function minChallenge(limiter: DeclaredLimiter, spanMs: number): number {
  const { isBucket, atOnce } = modelOf(limiter);
  return spanMs < limiter.windowMs && !isBucket ? atOnce(limiter) : maxKept(limiter, spanMs);
}

/** Admitted within the span by a limiter that surely kept its word. How many are worked on at once nobody sees, if it may be more. */
function maxKept(limiter: DeclaredLimiter, spanMs: number): number {
  const bound = maxAdmitted(limiter, spanMs);
  return Number.isFinite(bound) ? bound : modelOf(limiter).atOnce(limiter);
}

/**
 * What a step of the clock can give away at once: one window's worth, or a full bucket. Back over the edge of a fixed window,
 * it opens the one before and then the same one again.
 */
function oneStepOf(limiter: DeclaredLimiter): number {
  const { mayHaveEdgesInside, isBucket, atOnce } = modelOf(limiter);
  if (mayHaveEdgesInside) return Math.max(2 * limiter.limit, atOnce(limiter));
  return isBucket ? atOnce(limiter) : limiter.limit;
}

function addEdges(found: Contradictions, edges: readonly EdgeContradiction[], count: JudgedCount): void {
  const { place, startedAtUs } = count;
  for (const { what, ...where } of edges) {
    found.add({
      ...where,
      text: () =>
        `${place}: ${what}, between ${seconds(where.fromUs, startedAtUs)} and ${seconds(where.toUs, startedAtUs)} s`,
      picture: () => stretchPicture(count, where, what),
    });
  }
}

/** @returns how many there are. */
function addPenalties(excess: Contradictions, count: JudgedCount): number {
  const { ledger, profile, place, startedAtUs, limiter } = count;
  const found = admittedInPenalty(count, (at) => usesQuota(ledger, at, profile) === 'yes');
  for (const { refused, sinceUs, admitted } of found) {
    const [fromUs, toUs] = [Math.min(sinceUs, ledger.sendUs(refused)), ledger.endUs(admitted)];
    excess.add({
      fromUs,
      toUs,
      beyondOneStep: false,
      text: () =>
        `${place}: admitted ${at(toUs, startedAtUs)}, ${duration(Math.round((ledger.sendUs(admitted) - ledger.endUs(refused)) / 1000))} after a refusal, where all is refused for ${duration(limiter.penaltyMs ?? 0)}`,
      picture: () => admittedInPenaltyPicture(count, refused, admitted),
    });
  }
  return found.length;
}

/** @param spansMs over which more can have been admitted than the bound. */
function addFullSpans(excess: Contradictions, count: JudgedCount, spansMs: readonly number[]): void {
  const { ledger, indices, profile, limiter, place, startedAtUs } = count;
  const admitted = indices.filter((index) => usesQuota(ledger, index, profile) === 'yes');
  const byEnd = endOrder(ledger, admitted);
  const added: Burst[] = [];
  const add = (burst: Burst, spanMs: number): void => {
    const { count: inside, fromUs, toUs } = burst;
    const bound = maxAdmitted(limiter, spanMs);
    const beyondOneStep = inside > bound + oneStepOf(limiter);
    if (!beyondOneStep && hasWithin(added, burst)) return;
    added.push(burst);
    const shownMs = Math.round(spanMs * 10) / 10;
    excess.add({
      fromUs,
      toUs,
      beyondOneStep,
      text: () =>
        `${place}: ${inside} admitted within ${shownMs} ms ${at(fromUs, startedAtUs)}, max ${bound} are allowed; ${deciding(ledger, admitted, burst, bound)}`,
      picture: () => excessPicture(count, burst, { spanMs: shownMs, bound }),
    });
  };
  for (const burst of aboveLine(ledger, admitted, byEnd, limiter)) add(burst, longestSpanMs(burst.toUs - burst.fromUs));
  for (const spanMs of spansMs) {
    const above = maxAdmitted(limiter, spanMs);
    for (const burst of surelyWithin(ledger, admitted, spanMs, { above, byEnd, lagUs: clockLagUs(limiter) }))
      add(burst, spanMs);
  }
}

/** A longer span around one that was added says nothing new. */
const hasWithin = (added: readonly Burst[], { fromUs, toUs }: Burst): boolean =>
  added.some((inner) => inner.fromUs >= fromUs && inner.toUs <= toUs);

function aboveLine(
  ledger: Ledger,
  admitted: Uint32Array,
  byEnd: Uint32Array,
  limiter: DeclaredLimiter,
): readonly Burst[] {
  const line = highestLine(limiter);
  if (line === null) return [];
  return surelyAboveLine(
    { sends: sendsOf(ledger, admitted), ends: endsOf(ledger, admitted), byEnd },
    line,
    oneStepOf(limiter),
  );
}

const maxShown = 12;

/** The requests that decide, without the run's tag, and when each was sent and answered: enough of them to exceed the bound. */
function deciding(ledger: Ledger, admitted: Uint32Array, { fromUs, toUs }: Burst, bound: number): string {
  const inside = admitted.filter((index) => ledger.sendUs(index) >= fromUs && ledger.endUs(index) <= toUs);
  const shown = [...inside.subarray(0, Math.min(bound + 1, maxShown))].map((index) => {
    const offset = (us: number): string => ((us - fromUs) / 1000).toFixed(1);
    return `${signalName(ledger, index)} ${offset(ledger.sendUs(index))}–${offset(ledger.endUs(index))}`;
  });
  const more = inside.length > shown.length ? ` and ${inside.length - shown.length} more` : '';
  return `signals sent–answered in ms: ${shown.join(', ')}${more}`;
}
