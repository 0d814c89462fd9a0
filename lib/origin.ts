import exec from 'k6/execution';
import type { RunData } from './run-data.ts';

/** So far k6's start of a phase may lie from the common instant: a later resume, or a slow start. What is further off is a step of the wall clock. */
const maxOffMs = 2_000;

/** Generators that nobody tells a common instant take the next one on this grid. k6-operator resumes its runners within seconds of setup. */
const gridMs = 30_000;

/** Whether this k6 sends only a part of the plan. All options are made anew for each VU that asks: setup asks once, and tells all. */
export const isOneOfSeveral = (): boolean => {
  const segment: unknown = exec.test.options.executionSegment;
  return typeof segment === 'string' && segment !== '0:1';
};

/**
 * Where the plan's time 0 lies, in milliseconds since the epoch. All generators of a run must find the same instant, or what is to
 * happen at once does not.
 * @param ownMs where it lies by k6's start of the phase, which goes by a monotonic clock: a step of the wall clock moves it not.
 */
export function originOf({ originMs, readyAtMs, isShared }: RunData, ownMs: number): number {
  if (originMs !== undefined) return Math.abs(ownMs - originMs) <= maxOffMs ? originMs : ownMs;
  if (!isShared) return ownMs;
  return readyAtMs + Math.ceil((ownMs - readyAtMs) / gridMs) * gridMs;
}
