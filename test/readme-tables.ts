import { runCodes } from '../cli/options/exit-codes.ts';
import { howAnswered, questions } from '../contract/report/criteria.ts';

/** The questions of a deploy, as rows of README.md. */
export function questionsTable(): string {
  const rows = questions.map((question) => `| ${question} | ${howAnswered[question]} |`);
  return ['| question | how it is answered |', '| --- | --- |', ...rows].join('\n');
}

/** The exit codes of a run, as rows of README.md and docs/quick-start.md. */
export function exitCodesTable(): string {
  const rows = runCodes.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n');
}
