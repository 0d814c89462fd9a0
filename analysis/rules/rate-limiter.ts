import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { Run } from '../interpret/run.ts';
import { type BoundaryOffsets, missedBoundary } from '../limiter/boundary-offsets.ts';
import { Contradictions } from '../limiter/contradictions.ts';
import { type ExcessClues, excessCluesOf } from '../limiter/excess-clues.ts';
import { explanationFor, penaltyLengthFor, slowerPaceFor } from '../limiter/explained.ts';
import { extraAllowanceOf } from '../limiter/extra-allowance.ts';
import { describeFit, type KindFit } from '../limiter/kind.ts';
import type { LimiterEvidence } from '../limiter/limiter-evidence.ts';
import { describeLimiter } from '../limiter/limiter-in-words.ts';
import { type Lockouts, lockoutsIn } from '../limiter/lockouts.ts';
import { type LostCounters, lostCounters } from '../limiter/lost-counters.ts';
import { type PenaltyLength, penaltyMeasure } from '../limiter/penalty-length.ts';
import { boundary } from '../limiter/probes/boundary.ts';
import { bursts } from '../limiter/probes/bursts.ts';
import { double } from '../limiter/probes/double.ts';
import { forwarded } from '../limiter/probes/forwarded.ts';
import { further } from '../limiter/probes/further.ts';
import { isolation } from '../limiter/probes/isolation.ts';
import { legitimate } from '../limiter/probes/legitimate.ts';
import type { Probe } from '../limiter/probes/probe.ts';
import { recovery } from '../limiter/probes/recovery.ts';
import type { Explanation } from '../limiter/question.ts';
import { requestsOfRole } from '../limiter/role-requests.ts';
import { challengingScenarios, isProven, lookAt, type Seen, withoutWrongful } from '../limiter/seen.ts';
import type { SlowerPace } from '../limiter/slower-pace.ts';
import { type Untested, untestedIn } from '../limiter/untested.ts';
import { counted } from '../words.ts';
import { withoutLimiter } from './foreseen.ts';
import { count } from './measure.ts';
import { noLedger } from './min-requests.ts';
import { limiterAdvice, limiterAdviceOn } from './rate-limiter-advice.ts';
import { complaintsOf } from './rate-limiter-complaints.ts';
import { headerEvidence, headerMeasures, headerParts, type LimiterPart } from './rate-limiter-headers.ts';
import { fitLines, fitsOf, fixedFits, onlySteps, someKindFits } from './rate-limiter-kinds.ts';
import { type Judgement, ledgerIsWhole, ledgersOf, type Rule } from './rule.ts';

const probes: readonly Probe[] = [recovery, boundary, double, legitimate, further, isolation, bursts, forwarded];

export const rateLimiter: Rule<'rate-limiter'> = {
  id: 'rate-limiter',
  title: 'Rate limiter',
  question: 'Is the rate limiter right?',
  evidence: 'every request that a limiter counts, in all scenarios, against the bounds of the declared kind',
  thresholds: () => ({
    pass: 'conforms',
    warn: 'Retry-After missing, malformed or wrong, RateLimit headers malformed or wrong, or a forged X-Forwarded-For evades it',
    fail: 'admits more than its bound, or throttles below the limit',
  }),
  faults: [
    'no limiter',
    'fails open',
    'k × the limit (state per worker)',
    'always one more than the limit',
    'boundary double',
    'check-then-add race',
    'counters lost (Redis flushed or restarted, or keys evicted)',
    'count begins anew after a refusal',
    'stricter than declared',
    "one webhook's excess blocks another",
    'counts throttled requests against the client',
    'a key that never expires',
    'throttles below the limit',
    'a further limit is not kept',
    'admitted in the penalty time',
    'a penalty time that is longer or shorter than declared',
    'Retry-After missing, malformed or wrong',
    'RateLimit headers malformed or wrong',
    'evaded by X-Forwarded-For',
  ],
  advice: limiterAdvice,
  scenarios: challengingScenarios,
  // Whatever an own scenario sends may show what is wrong; what it leaves untested is not run.
  unanswered: () => null,
  foretold: withoutLimiter,
  needs: (run) => ledgersOf(rateLimiter, run),
  judge(run) {
    const { limiter } = run.manifest.profile;
    if (limiter.kind === 'none') return { status: 'not-applicable', summary: 'the target declares no rate limiter' };
    if (run.scenarios.every(({ ledger }) => ledger === null)) {
      return { status: 'inconclusive', summary: noLedger };
    }
    const isWhole = run.scenarios.every(({ name }) => ledgerIsWhole(run, name));
    const explanation = isWhole ? explanationFor(run) : null;
    const pace = isWhole ? slowerPaceFor(run) : null;
    const penaltyLength = isWhole ? penaltyLengthFor(run) : null;
    const explained = explanation?.limiter ?? limiter;
    const seen = isWhole ? lookAt(run, limiter, explained) : withoutWrongful(lookAt(run, limiter));
    const fits = limiter.kind === 'unknown' || seen.excess.count > 0 ? fitsOf(run, limiter) : [];
    const lost = explanation === null ? lostCounters(run, limiter, seen) : null;
    const untested = untestedIn(run);
    const missed = isWhole ? missedBoundary(run, limiter) : null;
    const clues = excessCluesOf(run, limiter, seen, lost);
    const lockouts = seen.wrongful.count > 0 ? lockoutsIn(run, limiter) : null;
    const showing = { limiter, seen, fits, lost, explanation, pace, penaltyLength, clues, lockouts, untested, missed };
    const parts = [
      ...partsOf(run, showing),
      ...headerParts(run, explained, seen, explanation === null && isProven(seen.excess, seen)),
    ];
    const judgement = judged(showing, parts);
    return {
      ...judgement,
      summary: `${describeLimiter(limiter)}: ${judgement.summary}`,
      measures: measuresOf(limiter, seen, penaltyLength),
      evidence: [...(judgement.evidence ?? []), ...(limiter.kind === 'unknown' ? fitLines(fits) : [])],
      parts: parts.map(({ faults: _, ...part }) => part),
    };
  },
};

function measuresOf(
  { limit, penaltyMs = 0 }: DeclaredLimiter,
  seen: Seen,
  length: PenaltyLength | null,
): readonly Measure[] {
  const isOver = seen.excess.count > 0;
  return [
    count('limit', limit),
    ...(isOver ? [count('max-admitted-within-window', seen.maxWithinWindow, { threshold: limit })] : []),
    count('excesses', seen.excess.count, { threshold: 0 }),
    count('throttled', seen.limited),
    count('wrongly-throttled', seen.wrongful.count, { threshold: 0 }),
    count('decisive-bursts', seen.decisive),
    ...(length === null ? [] : [penaltyMeasure(length, penaltyMs)]),
    ...headerMeasures(seen),
  ];
}

/** What a run shows of the declared limiter. */
interface Showing {
  readonly limiter: DeclaredLimiter;
  readonly seen: Seen;
  readonly fits: readonly KindFit[];
  readonly lost: LostCounters | null;
  /** A documented kind that explains all that contradicts the declared one. */
  readonly explanation: Explanation | null;
  readonly pace: SlowerPace | null;
  readonly penaltyLength: PenaltyLength | null;
  readonly clues: ExcessClues;
  readonly lockouts: Lockouts | null;
  readonly untested: Untested;
  readonly missed: BoundaryOffsets | null;
}

function judged(showing: Showing, parts: readonly LimiterPart[]): Judgement {
  const { limiter, seen, fits, lost, explanation } = showing;
  const { excess, wrongful } = seen;
  const shown = shownOf(seen);
  const evidence = namedBy(showing);
  const both = new Contradictions();
  both.addAll(excess);
  both.addAll(wrongful);
  const smaller = fits.find(
    ({ limiter: { burst }, refutedBy }) => burst !== null && burst < limiter.limit && refutedBy === null,
  );
  if (limiter.kind === 'unknown' && smaller !== undefined && excess.count === 0 && wrongful.count > 0) {
    return {
      status: 'inconclusive',
      summary: `it throttles within ${limiter.limit} per ${duration(limiter.windowMs)}, as a ${describeFit(smaller)} does: declare its kind and burst`,
      ...shown,
    };
  }
  if (explanation?.isAsDeclared === true) {
    const kept = withoutContradictions(showing, parts);
    return { ...kept, summary: `${kept.summary}; it fits ${explanation.words}` };
  }
  if (explanation !== null) {
    return {
      status: 'inconclusive',
      summary: `all that it admitted and throttled fits ${explanation.words}`,
      ...shown,
    };
  }
  const extra = extraAllowanceOf(limiter, seen);
  if (extra !== null) return { status: 'inconclusive', summary: extra, ...shown };
  if (isProven(both, seen)) {
    const complaints = complaintsOf(evidence, showing);
    const summary = complaints.map(({ words }) => words).join('; ');
    return { status: 'fail', summary, ...shown, advice: limiterAdviceOn(complaints.map(({ faults }) => faults)) };
  }
  if (both.count > 0) {
    return {
      status: 'inconclusive',
      summary: `${counted(both.count, 'contradiction')} around one instant, which a step of the server's clock${lost === null ? '' : ', or counters that were lost then,'} would explain: run it again`,
      ...shown,
    };
  }
  if (!someKindFits(fits)) {
    return {
      status: 'inconclusive',
      summary: `no kind with ${limiter.limit} per ${duration(limiter.windowMs)} explains what it admitted and throttled: declare its kind, limit, window and burst`,
    };
  }
  const steps = onlySteps(fits);
  if (limiter.kind === 'unknown' && steps !== undefined) {
    return {
      status: 'inconclusive',
      summary: `of the kinds of ${limiter.limit} per ${duration(limiter.windowMs)} only a ${describeFit(steps)} fits, whose steps may lie anywhere and explain much: declare it, or the limit and window that are right`,
    };
  }
  return withoutContradictions(showing, parts);
}

/** What the names of faults are found by. */
const namedBy = ({ limiter, seen, fits, pace, clues, lockouts }: Showing): LimiterEvidence => ({
  ...seen,
  ...clues,
  limiter,
  pace,
  lockouts,
  fixedFits: fixedFits(fits),
  wrongful: seen.wrongful.count,
  wrongfulOnQuiet: seen.wrongfulByRole.get('limiter.quiet') ?? 0,
});

/** What contradicts the limiter, in words and drawn. */
function shownOf({ excess, wrongful }: Seen): Pick<Judgement, 'evidence' | 'pictures'> {
  return {
    evidence: [...excess.texts, ...wrongful.texts],
    pictures: [...excess.pictures, ...wrongful.pictures.slice(0, excess.count > 0 ? 1 : 2)],
  };
}

/** The status of a limiter that nothing contradicts. */
function withoutContradictions({ seen, untested, missed }: Showing, parts: readonly LimiterPart[]): Judgement {
  const kept = `${counted(seen.limited, 'request')} throttled, all correctly; the limit was never exceeded`;
  if (seen.decisive === 0) {
    const { status, why } = untested;
    return {
      status,
      summary: `${kept}. ${status === 'inconclusive' ? 'Inconclusive: ' : ''}${why}, so it was not really tested`,
    };
  }
  const { violates, conforms, inconclusive } = seen.verdicts;
  const proof = [
    `${counted(seen.decisive, 'isolated burst')} went beyond the limit, and in none were more admitted than allowed`,
    `${conforms} of ${counted(violates + conforms + inconclusive, 'count')} conform over every span; in ${inconclusive}, requests in flight leave some span open`,
    ...(untested.polls === null ? [] : [untested.polls]),
  ];
  if (untested.penalty !== null)
    return { status: 'inconclusive', summary: `${kept}; ${untested.penalty}`, evidence: proof };
  const warnings = parts.filter(({ status }) => status === 'warn');
  if (warnings.length > 0) {
    return {
      status: 'warn',
      summary: warnings.map(({ summary }) => summary).join('; '),
      evidence: [...headerEvidence(seen), kept, ...proof],
      advice: limiterAdviceOn(warnings.map(({ faults = [] }) => faults)),
    };
  }
  const caveat =
    missed === null
      ? ''
      : `; around the edges of windows it was hardly tested: ${missed.inTime} of ${counted(missed.planned, 'offset')} were sent and answered in time`;
  return { status: 'pass', summary: `${kept}${caveat}`, evidence: proof };
}

/** A line a probe that ran. What is not proven over the whole run is left open in them as well. */
function partsOf(run: Run, { limiter, seen, fits, explanation, missed }: Showing): readonly LimiterPart[] {
  const ledger = run.scenarios.find(({ name }) => name === 'rate-limit')?.ledger ?? null;
  if (ledger === null) return [];
  const { profile } = run.manifest;
  const proven = explanation === null && (isProven(seen.excess, seen) || isProven(seen.wrongful, seen));
  return probes.flatMap((probe) => {
    const part = probe({
      ledger,
      profile,
      limiter,
      requestsOf: (role) => requestsOfRole(ledger, role),
      wrongfulIn: (role) => seen.wrongfulByRole.get(role) ?? 0,
      withinBounds: seen.excess.count === 0 && (limiter.kind !== 'unknown' || someKindFits(fits)),
      maxUnforged: seen.maxWithinWindow,
      missedBoundary: missed,
    });
    if (part === null) return [];
    const status = part.status === 'fail' && !proven ? 'inconclusive' : part.status;
    return [{ scenario: 'rate-limit' as const, ...part, status }];
  });
}
