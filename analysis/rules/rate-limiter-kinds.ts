import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Run } from '../interpret/run.ts';
import { clockWasEven } from '../limiter/clock-steps.ts';
import { describeFit, type KindFit, kindFit, kindFits } from '../limiter/kind.ts';
import { isChallenging } from '../limiter/seen.ts';

/** Windows that double around their edges. */
const fixedKinds = ['fixed', 'fixed-from-first-hit'] as const;

/** The kinds that the run is compared with: all of them if none is declared, else the fixed windows. */
export function fitsOf(run: Run, limiter: DeclaredLimiter): readonly KindFit[] {
  const { profile } = run.manifest;
  const counts = run.scenarios
    .filter(({ name }) => isChallenging(name))
    .flatMap((scenario) => run.expectations.countsOf(scenario));
  return limiter.kind === 'unknown'
    ? kindFits(counts, profile, limiter)
    : fixedKinds.map((kind) => kindFit(counts, profile, { ...limiter, kind, burst: null }, clockWasEven(run.manifest)));
}

/** Whether a fixed window of the same N per W would have admitted all that was admitted, and throttled all that was throttled. */
export function fixedFits(fits: readonly KindFit[]): boolean {
  return fits.some(
    ({ limiter: { kind }, refutedBy }) => fixedKinds.some((fixed) => fixed === kind) && refutedBy === null,
  );
}

/** What fits and what is refuted, a line each. */
export function fitLines(fits: readonly KindFit[]): readonly string[] {
  const fitting = fits.filter(({ refutedBy }) => refutedBy === null).map(describeFit);
  return [
    fitting.length > 0 ? `kinds that fit: ${fitting.join(', ')}` : 'no kind fits with this limit and window',
    ...fits.flatMap((fit) => (fit.refutedBy === null ? [] : [`${describeFit(fit)} is refuted: it ${fit.refutedBy}`])),
  ];
}

/** If the kind is declared only a few are looked at, and none has to fit. */
export function someKindFits(fits: readonly KindFit[]): boolean {
  return fits.length === 0 || fits.some(({ refutedBy }) => refutedBy === null);
}

/** The one kind that fits, if it is a bucket refilled in steps: a window that is a little too short fits it as well. */
export function onlySteps(fits: readonly KindFit[]): KindFit | undefined {
  const [fit, ...others] = fits.filter(({ refutedBy }) => refutedBy === null);
  return fit?.limiter.kind === 'stepped-bucket' && others.length === 0 ? fit : undefined;
}
