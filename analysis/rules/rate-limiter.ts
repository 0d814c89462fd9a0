import { mustAdmit, usesQuota } from '../legitimate.ts';
import { challenges, mostAdmitted, surelyWithin } from '../limiter-bounds.ts';
import { ledgersOf, type Rule } from '../rule.ts';
import { atSecond, counted } from '../words.ts';

/** Spans, in windows, over which admissions are counted. */
const spans = [1, 2, 5] as const;

export const rateLimiter: Rule = {
  criterion: 'rate-limiter',
  scenarios: ['hft', 'rate-limit'],
  needs: (run) => ledgersOf(rateLimiter, run),
  judge(run) {
    const { profile, startedAtUs } = run.manifest;
    const { limiter } = profile;
    if (limiter.kind === 'none') return { status: 'not-applicable', summary: 'the target declares no rate limiter' };

    const tooMany: string[] = [];
    const wrongful: string[] = [];
    let wrongfulCount = 0;
    let decisive = 0;
    let limited = 0;
    for (const { name, ledger } of run.scenarios) {
      if (ledger === null) continue;
      for (const [webhook, indices] of ledger.signalsByWebhook()) {
        const admitted = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
        for (const span of spans) {
          const spanMs = span * limiter.windowMs;
          const bound = mostAdmitted(limiter, spanMs);
          const crowd = surelyWithin(ledger, admitted, spanMs);
          if (crowd.count > bound) {
            tooMany.push(
              `${name}, webhook ${webhook}: ${crowd.count} admitted within ${spanMs} ms ${atSecond(crowd.fromUs, startedAtUs)}, at most ${bound} are allowed`,
            );
          }
        }
        const must = mustAdmit(ledger, indices, profile);
        indices.forEach((at, n) => {
          if (ledger.outcomeOf(at) !== 'limited') return;
          limited += 1;
          if (must[n] === 0) return;
          wrongfulCount += 1;
          if (wrongful.length < 10) {
            wrongful.push(
              `${name}, webhook ${webhook}: blocked ${atSecond(ledger.sendUs(at), startedAtUs)} although fewer than ${limiter.limit} can have been admitted in the ${limiter.windowMs} ms before`,
            );
          }
        });
        decisive += challenges(
          ledger,
          indices,
          limiter.windowMs,
          (at) => usesQuota(ledger, at, profile) !== 'no',
        ).filter((challenge) => challenge.attempts > limiter.limit && challenge.limited > 0).length;
      }
    }
    const declared = `${limiter.kind === 'unknown' ? 'undeclared kind' : limiter.kind} of ${limiter.limit} per ${limiter.windowMs} ms`;
    if (tooMany.length > 0 || wrongfulCount > 0) {
      const complaints = [
        ...(tooMany.length > 0 ? ['it admits more than its bound'] : []),
        ...(wrongfulCount > 0 ? [`it blocks what it must admit (${counted(wrongfulCount, 'request')})`] : []),
      ];
      return {
        status: 'fail',
        summary: `${declared}: ${complaints.join(' and ')}`,
        evidence: [...tooMany, ...wrongful],
      };
    }
    const summary = `${declared}: ${counted(limited, 'request')} blocked, none of them wrongly, and never more admitted than allowed`;
    if (decisive === 0) {
      return {
        status: 'inconclusive',
        summary: `${summary}; but no crowd of more than ${limiter.limit} fell wholly into one window, so nothing put it to the proof`,
      };
    }
    return {
      status: 'pass',
      summary,
      evidence: [
        `${counted(decisive, 'crowd')} of more than ${limiter.limit} requests fell wholly into one window, and each had no more than ${limiter.limit} admitted`,
      ],
    };
  },
};
