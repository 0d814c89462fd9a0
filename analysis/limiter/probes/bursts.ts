import { modelOf } from '../../interpret/kinds/models.ts';
import { usesQuota } from '../../interpret/quota-use.ts';
import { wilson } from '../../statistics.ts';
import { share } from '../../words.ts';
import { type IsolatedBurst, isolatedBursts, withoutEdge } from '../isolated-bursts.ts';
import { allowed } from '../limiter-evidence.ts';
import type { Probe } from './probe.ts';

/** Bursts at one instant, repeatedly: in how many of them does a race of check and add admit one too many? */
export const bursts: Probe = ({ ledger, profile, limiter, requestsOf, withinBounds }) => {
  const lists = requestsOf('limiter.bursts');
  if (lists.length === 0) return null;
  const byCount = lists.map((indices) =>
    isolatedBursts(ledger, indices, limiter.windowMs, (at) => usesQuota(ledger, at, profile)).filter(
      ({ attempts, spanMs }) => attempts > allowed(limiter, spanMs) && spanMs < limiter.windowMs,
    ),
  );
  const bursts = byCount.flat();
  const isOver = ({ admitted, spanMs }: IsolatedBurst): boolean => admitted > allowed(limiter, spanMs);
  const over = bursts.filter(isOver);
  const doubtful = bursts.filter(
    ({ admitted, doubtful, spanMs }) => admitted + doubtful > allowed(limiter, spanMs),
  ).length;
  const n = bursts.length;
  const { atOnce, isBucket, mayHaveEdgesInside } = modelOf(limiter);
  const once = atOnce(limiter);
  if (n === 0) return { status: 'inconclusive', summary: 'bursts: none fell wholly into one window' };
  if (over.length === 0) {
    const decided = n - doubtful;
    if (decided === 0)
      return { status: 'inconclusive', summary: `bursts: in each of ${n} some got no answer that tells` };
    // What is not decided may be over: no bound holds beside it.
    const bound =
      doubtful === 0 && n >= 30
        ? `: with 95% certainty fewer than ${((3 / n) * 100).toFixed(1)}% have (rule of three)`
        : '';
    const open = doubtful > 0 ? `; in ${doubtful} more some got no answer that tells` : '';
    return {
      status: 'pass',
      summary: `bursts: none of ${decided} had more admitted than allowed (${once} at once)${bound}${open}`,
    };
  }
  const highest = over.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  // A bucket gains while a burst lasts.
  const most = isBucket ? `allowed (${once} at once)` : once;
  const text = `bursts: ${highest} admitted in ${over.filter(({ admitted }) => admitted === highest).length} of ${n} bursts, more than ${most} in ${share(over.length, n, wilson(over.length, n))}`;
  // An edge of a fixed window inside a burst explains it; the bounds say whether edges explain them all.
  const mayHoldEdges =
    mayHaveEdgesInside ||
    (limiter.kind === 'fixed-from-first-hit' &&
      byCount.every((own) => withoutEdge(own.filter(isOver), profile, limiter).length === 0));
  return { status: mayHoldEdges && withinBounds ? 'pass' : 'fail', summary: text };
};
