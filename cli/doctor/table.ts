import { wrapped } from '../../render/wrapped.ts';
import type { Check } from './check.ts';
import type { PlanNote, Undecided } from './undecided.ts';

const marks = { ok: '✓', problem: '✗', unknown: '?' } as const;
const colors = { ok: 32, problem: 31, unknown: 33 } as const;
const minWidth = 60;

/** The checks as a table: what was seen, and below it what to do. */
export function checksTable(checks: readonly Check[], { color, width }: { color: boolean; width: number }): string {
  const subjectWidth = checks.reduce((max, { subject }) => Math.max(max, subject.length), 0);
  const indent = 2 + 2 + 'problem'.length + 2 + subjectWidth + 2;
  return checks
    .map(({ subject, status, text, remedy }) => {
      const mark = `${marks[status]} ${status.padEnd('problem'.length)}`;
      const painted = color ? `\u001b[${colors[status]}m${mark}\u001b[0m` : mark;
      const lines = [text, ...(remedy === null || status === 'ok' ? [] : [`→ ${remedy}`])].flatMap((part) =>
        wrapped(part, Math.max(minWidth, width - indent)),
      );
      return `  ${painted}  ${subject.padEnd(subjectWidth)}  ${lines.join(`\n${' '.repeat(indent)}`)}\n`;
    })
    .join('');
}

/** What a run would say of its plans before it sends anything. */
export function notesText(notes: readonly PlanNote[]): string {
  if (notes.length === 0) return '';
  return `What a run says before it sends:\n${notes.map(({ scenario, note }) => `  ${scenario}: ${note}\n`).join('')}`;
}

/**
 * What a run will not decide; null if that is not known.
 * @param obstacles subjects of the checks that must be settled first.
 */
export function undecidedText(list: readonly Undecided[] | null, obstacles: readonly string[]): string {
  if (list === null) return 'Which criteria a run can decide shows once the problems are solved.\n';
  const first =
    obstacles.length === 0 ? '' : `What stands in the way: ${obstacles.join(', ')} (→ above). Settle it first.\n`;
  const begin = first === '' ? 'A' : 'Then a';
  if (list.length === 0) return `${first}${begin} run with these settings can decide every criterion.\n`;
  const titleWidth = list.reduce((max, { title }) => Math.max(max, title.length), 0);
  const statusWidth = list.reduce((max, { status }) => Math.max(max, status.length), 0);
  const lines = list.map(
    ({ title, status, why }) => `  ${title.padEnd(titleWidth)}  ${status.padEnd(statusWidth)}  ${why}\n`,
  );
  return `${first}What a run with these settings cannot decide:\n${lines.join('')}`;
}
