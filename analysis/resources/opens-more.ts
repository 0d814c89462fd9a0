import type { Samples } from '../journal/server-samples.ts';

/** By so many more descriptors a process may differ from one moment to the next. */
const margin = 5;

/**
 * Whether a process has more open at the end than at the beginning, but for the connections of the load; null where that is not known. By the
 * mean of all that serve: their number may change.
 */
export function opensMore(samples: Samples): boolean | null {
  const means: number[] = [];
  for (const { processes } of samples) {
    const held = processes.flatMap(({ role, fileDescriptors, connections }) =>
      role === 'helper' || fileDescriptors === null || connections === undefined ? [] : [fileDescriptors - connections],
    );
    if (held.length > 0) means.push(held.reduce((sum, each) => sum + each, 0) / held.length);
  }
  const third = Math.floor(means.length / 3);
  if (third === 0) return null;
  const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;
  return mean(means.slice(-third)) > mean(means.slice(0, third)) + margin;
}
