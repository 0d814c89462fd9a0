import { complaint } from '../complaint.ts';
import { allWithinTtl } from '../ttl.ts';
import { areProcessedOnce, isRefusedRepeat, type ProbeInput, type ProbeResult, shareOf, tells } from './probe.ts';

/** The same signal at one instant over many connections: exactly one of them is accepted. */
export function probeTogether({ ledger, life, signals }: ProbeInput): ProbeResult {
  let n = 0;
  let exactlyOne = 0;
  const several = { n: 0, most: 0 };
  const severalButOnce = { n: 0, most: 0 };
  for (const attempts of signals('idempotency.together')) {
    // Only where every copy was answered is it known what became of all.
    if (
      !allWithinTtl(ledger, attempts, life) ||
      !attempts.every((at) => tells(ledger, at) || isRefusedRepeat(ledger, at))
    )
      continue;
    const accepted = attempts.filter((at) => ledger.outcomeOf(at) === 'accepted').length;
    n += 1;
    if (accepted === 1) exactlyOne += 1;
    if (accepted < 2) continue;
    const those = areProcessedOnce(ledger, attempts) ? severalButOnce : several;
    those.n += 1;
    those.most = Math.max(those.most, accepted);
  }
  if (n === 0) return { complaints: [], undecided: [], remarks: [] };
  return {
    complaints: [
      ...(several.n > 0
        ? [
            complaint(
              'copies race',
              `copies sent at one instant accepted more than once (up to ${several.most} times): ${shareOf(several.n, n)} of the signals`,
            ),
          ]
        : []),
      ...(severalButOnce.n > 0
        ? [
            complaint(
              'answered as accepted',
              `copies sent at one instant answered as accepted more than once (up to ${severalButOnce.most} times), but processed once: ${shareOf(severalButOnce.n, n)} of the signals`,
            ),
          ]
        : []),
    ],
    undecided: [],
    remarks: [`copies sent at one instant: exactly one accepted for ${shareOf(exactlyOne, n)} of the signals`],
  };
}
