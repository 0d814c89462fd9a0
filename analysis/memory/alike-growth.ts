import { leaks } from './growth.ts';
import type { ProcessGrowth } from './leak-evidence.ts';
import { isAlike } from './same-work.ts';

/** A leak, and in how many processes of those that do the same work it was seen. */
export interface SharedLeak {
  /** They do the same work as one that leaks, and grow as steadily, by less than accuses a process alone. */
  readonly alsoGrowing: readonly ProcessGrowth[];
  readonly growing: number;
  readonly all: number;
}

/** @param leaking the processes whose resident memory leaks. */
export function sharedLeak(leaking: readonly ProcessGrowth[], processes: readonly ProcessGrowth[]): SharedLeak {
  const doingTheSame = processes.filter((each) => leaking.some((leaks) => isAlike(each, leaks)));
  const alsoGrowing = doingTheSame.filter(
    (each) => !leaking.includes(each) && !each.isSuspect && each.heaps.length === 0 && leaks(each.growth, 0),
  );
  return { alsoGrowing, growing: leaking.length + alsoGrowing.length, all: doingTheSame.length };
}

/** What a sum of growths leaves out; null for nothing. */
export function leftOutInWords({ growing, all }: SharedLeak): string | null {
  return growing === all
    ? null
    : `what is leaked per request is the sum of ${growing} of ${all} processes that do the same work: the others did not grow steadily enough to count`;
}
