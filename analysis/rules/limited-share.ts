import { uncountedNote } from '../../contract/plan/repeats.ts';
import { limitsOf, smallest } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { percent, plainPercent } from '../../contract/report/figures.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { maxAdmitted } from '../limiter/bounds.ts';
import { declaredConformance } from '../limiter/declared-conformance.ts';
import { lengthMs } from '../limiter/probes/probe.ts';
import { wilson } from '../statistics.ts';
import { counted, millis, share } from '../words.ts';
import { withoutLimiter } from './foreseen.ts';
import { count, shareOf } from './measure.ts';
import { ledgersOf, type Rule } from './rule.ts';

/**
 * The first signals of rate-limit, sent as fast as possible: all beyond what the limiter takes at once are blocked, about half.
 * How many may be admitted in the time that they took is the kind's to say: a fixed window takes twice as many across its edge.
 */
export const limitedShare: Rule<'limited-share'> = {
  id: 'limited-share',
  title: 'Limited share in rate-limit',
  question: 'Is the rate limiter right?',
  evidence: 'the first signals of rate-limit (20 at a limit of 10), sent as fast as possible',
  thresholds: ({ limitedShare: { tolerance } }) => ({
    pass: `the share beyond the limit, ± ${plainPercent(tolerance)}`,
    warn: null,
    fail: 'limiter absent',
  }),
  faults: ['limiter absent'],
  advice: [
    'is the limiter switched on for this route, and does it find the webhook behind a proxy or a different key?',
  ],
  scenarios: ['rate-limit'],
  unanswered: () => 'is judged from the first signals of rate-limit',
  foretold: withoutLimiter,
  needs: (run) => ledgersOf(limitedShare, run),
  judge(run) {
    const { limiter, criteria } = run.manifest.profile;
    if (limiter.kind === 'none') return { status: 'not-applicable', summary: 'the target declares no rate limiter' };
    const scenario = run.scenarios.find(({ name }) => name === 'rate-limit');
    const ledger = scenario?.ledger ?? null;
    if (scenario === undefined || ledger === null)
      return { status: 'inconclusive', summary: 'rate-limit has no ledger' };

    const initialBurst: number[] = [];
    let signals = 0;
    let everLimited = false;
    for (let at = 0; at < ledger.length; at += 1) {
      if (!ledger.isSignal(at)) continue;
      signals += 1;
      everLimited ||= ledger.outcomeOf(at) === 'limited';
      if (ledger.roleOf(at) === 'limiter.initial-burst') initialBurst.push(at);
    }
    const sent = initialBurst.length;
    const limited = initialBurst.filter((at) => ledger.outcomeOf(at) === 'limited').length;
    const atOnce = takenAtOnce(limiter);
    if (sent <= atOnce) {
      return {
        status: 'inconclusive',
        summary: `only ${sent} signals were sent at once, not more than the ${atOnce} that the limit admits`,
      };
    }
    const spanMs = lengthMs(ledger, Uint32Array.from(initialBurst));
    const expected = (sent - atOnce) / sent;
    const max = smallest(limitsOf(limiter), (limit) => maxAdmitted(limit, Math.max(1, spanMs)));
    const min = Math.max(0, sent - max) / sent;
    const allowed = min < expected ? `${percent(min)} to ${percent(expected)}` : percent(expected);
    const { tolerance } = criteria.limitedShare;
    const summary = `${share(limited, sent, wilson(limited, sent))} of the first signals throttled, ${allowed} ± ${plainPercent(tolerance)} expected`;
    const measures = [...shareOf('limited-share', limited, sent, { threshold: expected }), count('sent', sent)];
    if (!everLimited) {
      // What was never admitted, as by a server that is down, shows no missing limiter.
      return admitsBeyondBounds(run, scenario, limiter)
        ? {
            status: 'fail',
            summary: `limiter absent: none of ${counted(signals, 'signal')} was throttled`,
            measures,
            evidence: [summary],
          }
        : {
            status: 'inconclusive',
            summary: `${summary}; ${uncountedNote(run.manifest.profile) ?? 'nothing was throttled, but no more was admitted than allowed either'}`,
            measures,
          };
    }
    if (isWithin(limited / sent, { min, expected, tolerance })) return { status: 'pass', summary, measures };
    return {
      status: 'inconclusive',
      summary: `${summary}; sent within ${millis(spanMs)}`,
      measures,
      evidence: ['the rate limiter criterion says whether this breaks the limit'],
    };
  },
};

function admitsBeyondBounds(run: Run, scenario: ScenarioRun, limiter: DeclaredLimiter): boolean {
  return run.expectations.countsOf(scenario).some((count) => declaredConformance(run, count, limiter).excess.count > 0);
}

/** How many pass at one instant: what waits in a delaying limiter's line is none of them. */
function takenAtOnce(limiter: DeclaredLimiter): number {
  return smallest(limitsOf(limiter), (limit) =>
    limit.kind === 'delaying' ? (limit.burst ?? limit.limit) : modelOf(limit).atOnce(limit),
  );
}

/** Where some had to be throttled, none at all shows no limiter, however wide the tolerance. */
function isWithin(
  blocked: number,
  { min, expected, tolerance }: { readonly min: number; readonly expected: number; readonly tolerance: number },
): boolean {
  if (blocked === 0 && min > 0) return false;
  return blocked >= min - tolerance && blocked <= expected + tolerance;
}
