import type { Role } from '../../contract/plan/roles.ts';
import { largest, limitsOf } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { minLevelOf } from '../interpret/bucket-levels.ts';
import { signalName } from '../interpret/drawn-requests.ts';
import { expectedOutcomes, mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { admittedInPenalty } from '../interpret/penalty.ts';
import { decidedByUs, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import { clockLagUs, may, toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { type Burst, endOrder, maxAdmitted, possiblyWithin, spansMs, surelyWithin } from './bounds.ts';
import { Contradictions, longestStepUs } from './contradictions.ts';
import { type EdgeContradiction, edgeContradictions } from './edges.ts';
import { type IsolatedBurst, isolatedBursts } from './isolated-bursts.ts';
import type { JudgedCount } from './judged-count.ts';
import { highestLine, longestSpanMs, mayExceedLine, surelyAboveLine } from './line-excess.ts';
import { admittedInPenaltyPicture, excessPicture, refusedPicture, stretchPicture } from './window-picture.ts';

/** How one count of a limiter fared against a kind. */
export interface Conformance {
  readonly verdict: 'violates' | 'conforms' | 'inconclusive';
  /** More admitted than the bound of some span. */
  readonly excess: Contradictions;
  /** Of these: admitted in a penalty time. */
  readonly inPenalty: number;
  /** Refusals of what must be admitted. */
  readonly wrongful: Contradictions;
  /** Of the wrongful: those with N or more attempts, refused ones counted, in the window before. */
  readonly wrongfulAfterRefusals: number;
  /** Repeats, which are recognized before the limiter. */
  readonly wrongfulRepeats: number;
  /** The wrongful by what their phase is for. */
  readonly wrongfulByRole: ReadonlyMap<Role | null, number>;
  readonly limited: number;
  readonly bursts: readonly IsolatedBurst[];
  /** Isolated bursts that test the limiter: more were sent than their span allows, and some were throttled. */
  readonly decisive: number;
}

/** Holds the requests of one count against a kind of limiter. */
export function conformanceOf(given: JudgedCount): Conformance {
  const { ledger, indices, limiter } = given;
  const count: JudgedCount = { ...given, profile: { ...given.profile, limiter } };
  const uses = (at: number): 'yes' | 'maybe' | 'no' => usesQuota(ledger, at, count.profile);
  // A forged X-Forwarded-For that gets through is a finding of its own, and no sign of a wrong count.
  const judged = indices.filter((at) => ledger.roleOf(at) !== 'limiter.forwarded');
  const lagUs = clockLagUs(limiter);
  const bursts = isolatedBursts(ledger, judged, limiter.windowMs + lagUs / 1000, uses);
  const possible = judged.filter((at) => uses(at) !== 'no');
  const sends = Float64Array.from(possible, (at) => ledger.sendUs(at));
  const ends = Float64Array.from(possible, (at) => ledger.endUs(at)).sort();
  const spans = spansMs(limiter).filter((spanMs) => maxAdmitted(limiter, spanMs) < possible.length);
  const undecidedMs = spans.filter(
    (spanMs) => possiblyWithin(sends, ends, spanMs, lagUs) > maxAdmitted(limiter, spanMs),
  );
  const isUndecided = undecidedMs.length > 0 || mayExceedLine(sends, ends, limiter);
  const excess = new Contradictions();
  // A weighted counter is judged by its refusals, too, and forged requests may be the reason of one.
  const edges = edgeContradictions(limiter.kind === 'weighted' ? count : { ...count, indices: judged }, bursts);
  addEdges(excess, edges.excess, count);
  const inPenalty = addPenalties(excess, { ...count, indices: judged });
  if (isUndecided) addFullSpans(excess, { ...count, indices: judged }, undecidedMs);
  const refusals = wrongfulOf(count);
  if (!refusals.wrongful.proven) addEdges(refusals.wrongful, edges.wrongful, count);

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
  for (const { refused, admitted } of found) {
    const [fromUs, toUs] = [ledger.sendUs(refused), ledger.endUs(admitted)];
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
  const sends = Float64Array.from(admitted, (index) => ledger.sendUs(index));
  const ends = Float64Array.from(admitted, (index) => ledger.endUs(index));
  return surelyAboveLine({ sends, ends, byEnd }, line, oneStepOf(limiter));
}

type Refusals = Pick<Conformance, 'wrongful' | 'wrongfulAfterRefusals' | 'wrongfulRepeats' | 'wrongfulByRole'>;

function wrongfulOf(count: JudgedCount): Refusals {
  const { ledger, indices, profile, limiter, place, startedAtUs } = count;
  const { expected = expectedOutcomes(profile, ledger, indices) } = count;
  const wrongfulByRole = new Map<Role | null, number>();
  const wrongful = new Contradictions();
  let wrongfulAfterRefusals = 0;
  let wrongfulRepeats = 0;
  const windowUs = limiter.windowMs * 1000;
  const memoryUs = memoryMs(limiter) * 1000;
  const min = minLevelOf(profile, limiter, ledger, indices);
  const bucket = min === 'unknown' ? null : min;
  let oldest = 0;
  for (let n = 0; n < indices.length; n += 1) {
    const index = indices[n] ?? 0;
    const sendUs = ledger.sendUs(index);
    while (ledger.sendUs(indices[oldest] ?? 0) < sendUs - windowUs) oldest += 1;
    bucket?.at(sendUs - toleranceUs - clockLagUs(limiter));
    const mask = expected[n] ?? 0;
    if (ledger.outcomeOf(index) !== 'limited' || !mustBeAdmitted(mask)) continue;
    const attempts = n - oldest;
    const role = ledger.roleOf(index);
    wrongfulByRole.set(role, (wrongfulByRole.get(role) ?? 0) + 1);
    if (attempts >= limiter.limit) wrongfulAfterRefusals += 1;
    if (mask === may.duplicate) wrongfulRepeats += 1;
    wrongful.add({
      fromUs: Math.min(sendUs - memoryUs, bucket?.knownSinceUs ?? sendUs) - longestStepUs,
      toUs: ledger.endUs(index),
      beyondOneStep: false,
      text: () =>
        mask === may.duplicate
          ? `${place}: a repeat was throttled ${at(sendUs, startedAtUs)}, which is recognized before the limiter`
          : `${place}: throttled ${at(sendUs, startedAtUs)} although capacity was available: ${attempts} sent and max ${countedBefore(count, index)} counted in the ${duration(limiter.windowMs)} before`,
      picture: () =>
        refusedPicture(count, index, {
          isRepeat: mask === may.duplicate,
          counted: countedBefore(count, index),
        }),
    });
  }
  return { wrongful, wrongfulAfterRefusals, wrongfulRepeats, wrongfulByRole };
}

/** For how long what a window counted, or a penalty, can be the reason of a refusal. */
function memoryMs(limiter: DeclaredLimiter): number {
  const windows = limitsOf(limiter).filter((limit) => !modelOf(limit).isBucket || limit !== limiter);
  return Math.max(
    limiter.windowMs,
    limiter.penaltyMs ?? 0,
    largest(windows, (limit) => modelOf(limit).memoryMs(limit, 0)),
  );
}

/** How many the limiter can have counted in the window before a request. */
function countedBefore({ ledger, indices, profile, limiter }: JudgedCount, index: number): number {
  const sinceUs = ledger.sendUs(index) - limiter.windowMs * 1000;
  let count = 0;
  for (const other of indices) {
    if (ledger.sendUs(other) > ledger.endUs(index)) break;
    if (other !== index && decidedByUs(ledger, other) >= sinceUs) count += mayTakePlace(ledger, other, profile) ? 1 : 0;
  }
  return count;
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

function seconds(us: number, startedAtUs: number): string {
  return ((us - startedAtUs) / 1e6).toFixed(1);
}
function at(us: number, startedAtUs: number): string {
  return `at ${seconds(us, startedAtUs)} s`;
}
