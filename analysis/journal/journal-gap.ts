import type { Gap } from '../../contract/report/report.ts';

/** What is wrong with a file of the journal. */
export interface FileProblem {
  readonly text: string;
  /** Of what is only yet to come: what is true instead while the run still goes on. */
  readonly whileLive?: string;
}

/** What is missing from the journal. */
export interface JournalGap extends Gap {
  readonly whileLive?: string;
  /** Whether the problem says nothing without the name of the file: it calls the file "it". */
  readonly needsFile?: true;
}

/** The same of a part of what it is said of. */
export const within = (part: string, { text, whileLive }: FileProblem): FileProblem => ({
  text: part + text,
  ...(whileLive === undefined ? {} : { whileLive: part + whileLive }),
});

/** A gap that calls the file "it". */
export const gapOfFile = (file: string, problem: FileProblem): JournalGap => ({
  ...gapOf(file, problem),
  needsFile: true,
});

/** A gap that says by itself what is missing. */
export const gapOf = (file: string, { text, whileLive }: FileProblem): JournalGap => ({
  ...{ file, problem: text },
  ...(whileLive === undefined ? {} : { whileLive }),
});
