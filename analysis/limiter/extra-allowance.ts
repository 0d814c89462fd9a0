import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { max } from '../statistics.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import type { Seen } from './seen.ts';

/** Admitted beyond the limit in bursts, until it was used up. */
interface Use {
  readonly fromUs: number;
  readonly extra: number;
}

/** What the bursts of one count show. */
interface Shown {
  readonly uses: readonly Use[];
  /** From the beginning of a whole use to bursts that had the limit alone. */
  readonly reachesUs: readonly number[];
  readonly isRefuted: boolean;
}

/** Fewer could be chance. */
const minWholeUses = 3;

/**
 * How many more than the limit an extra allowance gives, once in a longer window (rate-limiter-flexible's BurstyRateLimiter), if all bursts
 * agree: each use is of the same size, or the first of its webhook, and none comes sooner after another than bursts had the limit alone. Null
 * if they do not: what a race admits differs from burst to burst, and an outage opens webhooks that were kept before.
 * @param bursts of all counts, each in order of time.
 */
function extraAllowance(bursts: readonly IsolatedBurst[], { limit, windowMs }: DeclaredLimiter): number | null {
  const counts: IsolatedBurst[][] = [];
  for (const burst of bursts) {
    if (burst.isFirst) counts.push([]);
    if (burst.spanMs < windowMs && burst.doubtful === 0 && burst.attempts > limit) counts.at(-1)?.push(burst);
  }
  const size = max(bursts.filter(({ spanMs }) => spanMs < windowMs).map(({ admitted }) => admitted - limit)) ?? 0;
  if (size < 2) return null;
  const shown = counts.map((count) => usesOf(count, limit, size));
  const whole = shown.map(({ uses }) => uses.filter(({ extra }) => extra === size));
  const reachesUs = shown.flatMap((count) => count.reachesUs);
  const longestUs = max(reachesUs) ?? 0;
  const isEarly = whole.some((uses) =>
    uses.some(({ fromUs }, n) => n > 0 && fromUs - (uses[n - 1]?.fromUs ?? 0) < longestUs),
  );
  if (isEarly || shown.some(({ isRefuted }) => isRefuted)) return null;
  return whole.flat().length >= minWholeUses && reachesUs.length >= minWholeUses ? size : null;
}

function usesOf(bursts: readonly IsolatedBurst[], limit: number, size: number): Shown {
  const uses: Use[] = [];
  const reachesUs: number[] = [];
  let isRefuted = false;
  let extra = 0;
  let fromUs = 0;
  const close = (): void => {
    if (extra === 0) return;
    // Of the first, other probes may have used a part.
    if (extra < size && uses.length > 0) isRefuted = true;
    uses.push({ fromUs, extra });
    extra = 0;
  };
  for (const burst of bursts) {
    const more = burst.admitted - limit;
    if (more > 0) {
      if (extra + more > size) close();
      if (extra === 0) fromUs = burst.fromUs;
      extra += more;
      if (extra >= size) close();
      continue;
    }
    close();
    const last = uses.at(-1);
    // An allowance that nothing has used is there.
    if (last === undefined || more < 0) isRefuted = true;
    else if (last.extra === size) reachesUs.push(burst.fromUs - last.fromUs);
  }
  // The last may go on after the run.
  if (extra > 0) uses.push({ fromUs, extra });
  return { uses, reachesUs, isRefuted };
}

/** What a limiter of an undeclared kind looks like, if an extra allowance explains all that it admitted; else null. */
export function extraAllowanceOf(limiter: DeclaredLimiter, seen: Seen): string | null {
  if (limiter.kind !== 'unknown' || seen.excess.count === 0) return null;
  if (seen.wrongful.count > 0 || seen.furtherExcess.count > 0) return null;
  const extra = extraAllowance(seen.bursts, limiter);
  if (extra === null) return null;
  return `it looks like ${limiter.limit} per ${duration(limiter.windowMs)} and an extra allowance of ${extra}, used up once in a longer window: declare the kind, limit, window and burst that are meant`;
}
