import { phases } from '../../contract/plan.ts';
import { ledgersOf, type Rule } from '../rule.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';

/** The first signals of rate-limit, sent as fast as possible: all beyond the limit are blocked, about half at the default size. */
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
    const expected = Math.max(0, sent - limiter.limit) / Math.max(1, sent);
    const summary = `${share(limited, sent, wilson(limited, sent))} limited of the first ${sent}, ${(expected * 100).toFixed(0)} % expected`;
    if (sent <= limiter.limit) {
      return {
        status: 'inconclusive',
        summary: `only ${sent} signals were sent at once, no more than the limit of ${limiter.limit}`,
      };
    }
    if (everLimited === 0) {
      return {
        status: 'fail',
        summary: `limiter absent: none of ${ledger.length} requests was limited`,
        evidence: [summary],
      };
    }
    if (Math.abs(limited / sent - expected) <= criteria.limitedShare.tolerance) return { status: 'pass', summary };
    return {
      status: 'inconclusive',
      summary: `${summary}; sent within ${spanMs.toFixed(0)} ms`,
      evidence: ['the rate limiter criterion says whether this breaks the limit'],
    };
  },
};
