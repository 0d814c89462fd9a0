import { columnsOf } from '../../render/columns.ts';
import { sanitize } from '../../render/sanitize.ts';

/** Text on one line of at most so many columns, sanitized: a terminal neither acts upon it nor wraps it. */
export function fit(text: string, columns: number): string {
  let taken = 0;
  let kept = '';
  let shorter = '';
  for (const character of sanitize(text)) {
    taken += columnsOf(character);
    if (taken > columns) return `${shorter}…`;
    kept += character;
    if (taken < columns) shorter = kept;
  }
  return kept;
}
