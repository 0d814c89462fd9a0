import { phases } from '../../contract/plan.ts';
import { isBucket } from '../expected-outcome.ts';
import { mostAdmitted } from '../limiter-bounds.ts';
import { ledgersOf, type Rule } from '../rule.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';

/**
 * The first signals of rate-limit, sent as fast as possible: all beyond what the limiter takes at once are blocked, about half.
 * How many may be admitted in the time that they took is the kind's to say: a fixed window takes twice as many across its edge.
 */
export const limitedShare: Rule = {
  criterion: 'limited-share',
  scenarios: ['rate-limit'],
  needs: (run) => ledgersOf(limitedShare, run),
  judge(run) {
    const { limiter, criteria } = run.manifest.profile;
    if (limiter.kind === 'none') return { status: 'not-applicable', summary: 'the target declares no rate limiter' };
    const ledger = run.scenarios.find(({ name }) => name === 'rate-limit')?.ledger ?? null;
    if (ledger === null) return { status: 'inconclusive', summary: 'rate-limit has no ledger' };

    let sent = 0;
    let limited = 0;
    let fromUs = Number.POSITIVE_INFINITY;
    let toUs = 0;
    let everLimited = 0;
    for (let at = 0; at < ledger.length; at += 1) {
      if (!ledger.isSignal(at)) continue;
      const isLimited = ledger.outcomeOf(at) === 'limited';
      if (isLimited) everLimited += 1;
      if (ledger.phaseOf(at) !== phases.twenty) continue;
      sent += 1;
      if (isLimited) limited += 1;
      fromUs = Math.min(fromUs, ledger.sendUs(at));
      toUs = Math.max(toUs, ledger.endUs(at));
    }
    const spanMs = (toUs - fromUs) / 1000;
    const atOnce = isBucket(limiter) ? (limiter.burst ?? limiter.limit) : limiter.limit;
    if (sent <= atOnce) {
      return {
        status: 'inconclusive',
        summary: `only ${sent} signals were sent at once, no more than the ${atOnce} that are taken`,
      };
    }
    const expected = (sent - atOnce) / sent;
    const least = Math.max(0, sent - mostAdmitted(limiter, Math.max(1, spanMs))) / sent;
    const { tolerance } = criteria.limitedShare;
    const summary = `${share(limited, sent, wilson(limited, sent))} limited of the first ${sent}, ${(expected * 100).toFixed(0)} % expected`;
    if (everLimited === 0) {
      return {
        status: 'fail',
        summary: `limiter absent: none of ${ledger.length} requests was limited`,
        evidence: [summary],
      };
    }
    const blocked = limited / sent;
    if (blocked >= least - tolerance && blocked <= expected + tolerance) return { status: 'pass', summary };
    return {
      status: 'inconclusive',
      summary: `${summary}; sent within ${spanMs.toFixed(0)} ms`,
      evidence: ['the rate limiter criterion says whether this breaks the limit'],
    };
  },
};
