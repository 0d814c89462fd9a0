import type { SignalFinding } from './findings.ts';

/** Of so many signals, how many were surely processed twice, and of how many nothing tells whether they were. */
export interface TwiceCounts {
  readonly n: number;
  readonly twice: number;
  readonly undecided: number;
}

export const noTwiceCounts: TwiceCounts = { n: 0, twice: 0, undecided: 0 };

/** What was found of one signal: what is not decided is neither twice nor once. */
export type Doubled = 'twice' | 'undecided' | 'once';

/** @param isUndecided nothing tells whether it was processed twice, if no finding says so. */
export function doubledBy(found: SignalFinding | null, isUndecided: boolean): Doubled {
  if (found?.kind === 'processed twice' || found?.kind === 'accepted twice') return 'twice';
  return isUndecided || found?.kind === 'answered alike twice' ? 'undecided' : 'once';
}

export function countDoubled({ n, twice, undecided }: TwiceCounts, doubled: Doubled): TwiceCounts {
  return {
    n: n + 1,
    twice: twice + Number(doubled === 'twice'),
    undecided: undecided + Number(doubled === 'undecided'),
  };
}

export function addTwiceCounts(all: readonly TwiceCounts[]): TwiceCounts {
  return all.reduce(
    (sum, { n, twice, undecided }) => ({
      n: sum.n + n,
      twice: sum.twice + twice,
      undecided: sum.undecided + undecided,
    }),
    noTwiceCounts,
  );
}
