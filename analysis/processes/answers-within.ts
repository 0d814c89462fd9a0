import type { Run } from '../interpret/run.ts';

export interface AnswersWithin {
  readonly count: number;
  /** The longest time without an answer, in milliseconds. */
  readonly longestGapMs: number;
}

/** What requests the server answered in some time, with whatever status. */
export function answersWithin({ scenarios }: Pick<Run, 'scenarios'>, fromUs: number, toUs: number): AnswersWithin {
  const ends: number[] = [];
  for (const { ledger } of scenarios) {
    for (let at = 0; at < (ledger?.length ?? 0); at += 1) {
      if (ledger === null || ledger.statusOf(at) === 0) continue;
      const endUs = ledger.notedEndUs(at);
      if (endUs > fromUs && endUs < toUs) ends.push(endUs);
    }
  }
  ends.sort((a, b) => a - b);
  const longestGapUs = [...ends, toUs].reduce(
    ({ lastUs, gapUs }, us) => ({ lastUs: us, gapUs: Math.max(gapUs, us - lastUs) }),
    { lastUs: fromUs, gapUs: 0 },
  ).gapUs;
  return { count: ends.length, longestGapMs: longestGapUs / 1000 };
}
