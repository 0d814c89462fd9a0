import { columnsOf } from './columns.ts';

/** Text as lines of at most so many columns, broken at blanks alone: a longer word stays whole, so that it can be searched for. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line: string | null = null;
  let taken = 0;
  for (const word of text.split(' ')) {
    const columns = [...word].reduce((sum, character) => sum + columnsOf(character), 0);
    if (line !== null && taken + 1 + columns > width) {
      lines.push(line);
      line = null;
    }
    taken = line === null ? columns : taken + 1 + columns;
    line = line === null ? word : `${line} ${word}`;
  }
  return [...lines, line ?? ''];
}
