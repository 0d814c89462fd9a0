import { causeOf, noted } from './cause-of-end.ts';
import type { ProcessEnd } from './process-end.ts';

/**
 * Masters that say nothing of a worker that ends, and go down with any that ends by a signal or an exit code other than 0: while they live
 * on, it had exited with 0. Source: hypercorn/run.py.
 */
const endWithTheirWorkers = /\bhypercorn\b/;

/** Hypercorn lets the other workers finish before it goes down: they have 3 s, and as long as their shutdown takes. */
const goesDownWithinUs = 10_000_000;

/** The ends that nothing explains but that their master lived on. @param labels of all processes that were seen, by pid. */
export function withSilentEnds(
  ends: readonly ProcessEnd[],
  labels: ReadonlyMap<number, string>,
): readonly ProcessEnd[] {
  return ends.map((end) => {
    const { kind, atUs, process } = end;
    if (kind !== 'unexplained' || !endWithTheirWorkers.test(labels.get(process.parentPid) ?? '')) return end;
    const goesDown = ends.some(
      (other) => other.process.pid === process.parentPid && Math.abs(other.atUs - atUs) <= goesDownWithinUs,
    );
    if (goesDown) return end;
    return {
      ...end,
      kind: 'graceful' as const,
      byCodeAlone: true,
      cause: noted(causeOf({ reason: 'exited', exitCode: 0 }), { note: 'masterLivedOn' }),
    };
  });
}
