import type { FileProblem, JournalGap } from './journal-gap.ts';

const moreToCome = 'more is to come';
const notWritten = 'not written yet';

/** The problems of a run that did not end: its runner was lost, or it still goes on. */
export const unfinished = {
  run: {
    text: 'the runner did not end gracefully',
    whileLive: 'this report holds what is written so far; the run makes its own at its end',
  },
  scenario: { text: 'has no end: the runner was lost while it ran', whileLive: 'has not ended yet' },
  unstarted: { text: 'was asked for but never started', whileLive: 'has not started yet' },
  noEndLine: { text: 'it has no end line: its writer did not end gracefully', whileLive: moreToCome },
  tornLine: { text: 'its last line is torn: the writer was stopped in the middle of it', whileLive: moreToCome },
  empty: { text: 'it is empty', whileLive: notWritten },
  missing: { text: 'it is missing', whileLive: notWritten },
} as const satisfies Readonly<Record<string, FileProblem>>;

/** The gaps of a run that still goes on: what is only yet to come is told as such, once a file. */
export function gapsWhileLive(gaps: readonly JournalGap[]): readonly JournalGap[] {
  const told = gaps.map(({ whileLive, ...gap }) =>
    whileLive === undefined ? gap : { file: gap.file, problem: `the run still goes on: ${whileLive}` },
  );
  return told.filter(
    (gap, n) => told.findIndex(({ file, problem }) => file === gap.file && problem === gap.problem) === n,
  );
}
