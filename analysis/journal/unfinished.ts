import type { Gap } from '../../contract/report/report.ts';

/** How the problems end that a run has which did not end: its runner was lost, or it still goes on. */
export const unfinished = {
  run: 'the runner did not end gracefully',
  scenario: 'has no end: the runner was lost while it ran',
  unstarted: 'was asked for but never started',
  noEndLine: 'it has no end line: its writer did not end gracefully',
  tornLine: 'its last line is torn: the writer was stopped in the middle of it',
  empty: 'it is empty',
  missing: 'it is missing',
} as const;

const moreToCome = 'more is to come';
const notWritten = 'not written yet';

/** What is true instead while the run goes on. */
const whileLive = new Map<string, string>([
  [unfinished.run, 'this report holds what is written so far; the run makes its own at its end'],
  [unfinished.scenario, 'has not ended yet'],
  [unfinished.unstarted, 'has not started yet'],
  [unfinished.noEndLine, moreToCome],
  [unfinished.tornLine, moreToCome],
  [unfinished.empty, notWritten],
  [unfinished.missing, notWritten],
]);

/** The gaps of a run that still goes on: what is only yet to come is told as such, once a file. */
export function gapsWhileLive(gaps: readonly Gap[]): readonly Gap[] {
  const told = gaps.map(({ file, problem }) => ({ file, problem: ofLive(problem) }));
  return told.filter(
    (gap, n) => told.findIndex(({ file, problem }) => file === gap.file && problem === gap.problem) === n,
  );
}

/** A problem may begin with its scenario or its piece. */
function ofLive(problem: string): string {
  for (const [end, live] of whileLive) {
    if (problem.endsWith(end)) return `the run still goes on: ${problem.slice(0, -end.length)}${live}`;
  }
  return problem;
}
