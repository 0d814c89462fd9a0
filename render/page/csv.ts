import { sanitize } from '../sanitize.ts';
import type { Plot } from './plots.ts';

/** Spreadsheets take a cell that begins so for a formula. */
const formula = /^\s*[=+\-@]/;

/** A cell of text: on one line, quoted where it must be, and nothing that a spreadsheet acts upon. */
export function textCell(text: string): string {
  const line = sanitize(text);
  const safe = formula.test(line) ? `'${line}` : line;
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The values of a plot: a row a time, a column a line, each with its unit. Empty: no value. Source of the form: RFC 4180. */
export function csvOf({ seconds, series, unit }: Plot): string {
  const head = ['seconds from the start of the run', ...series.map(({ label }) => `${label} (${unit})`)].map(textCell);
  const rows = seconds.map((second, n) => [second, ...series.map(({ values }) => values[n] ?? '')].join(','));
  return [head.join(','), ...rows, ''].join('\r\n');
}
