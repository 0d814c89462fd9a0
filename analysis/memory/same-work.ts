import type { Growth } from './growth.ts';
import type { ProcessMemory } from './settled-memory.ts';

interface Grown {
  readonly process: ProcessMemory;
  readonly growth: Growth;
}

/** Whether two processes do the same work. */
export const isAlike = (
  { process: one }: Pick<Grown, 'process'>,
  { process: other }: Pick<Grown, 'process'>,
): boolean => one.role === other.role && one.label === other.label;

/**
 * Processes that do the same work are as unsteady as each other. What a few values of one show is too little now and then: it is no less
 * than what all of them show.
 */
export function withSharedScatter(grown: readonly Grown[]): readonly Grown[] {
  return grown.map((each) => {
    const squares = grown.filter((other) => isAlike(each, other)).map(({ growth }) => growth.scatterBytes ** 2);
    const shared = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    return { ...each, growth: { ...each.growth, scatterBytes: Math.max(each.growth.scatterBytes, shared) } };
  });
}
