import type { SourceFile } from './files.ts';
import type { FunctionFound } from './syntax.ts';

/** Functions of a Go file, as gofmt writes them: from a line that begins with `func` to the first line that is `}`. */
export function goFunctions({ path, text }: SourceFile): readonly FunctionFound[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const head = /^func (?:\([^)]*\) )?(\w+)(?:\[[^\]]*\])?\(/.exec(line);
    if (head?.[1] === undefined) return [];
    const [open, name] = [head[0].length, head[1]];
    const length = line.endsWith('}') ? 1 : lines.slice(at).indexOf('}') + 1;
    const parameters = namesIn([line.slice(open), ...lines.slice(at + 1)].join('\n'));
    return [{ key: `${path} ${name}`, path, lines: length, parameters, isTestBody: name.startsWith('Test') }];
  });
}

/** How many names a parameter list has, given what follows its bracket: `id, name string, more ...int` has three. */
function namesIn(rest: string): number {
  let depth = 0;
  let names = 0;
  let isEmpty = true;
  for (const character of rest) {
    if (depth === 0 && (character === ',' || character === ')')) {
      names += isEmpty ? 0 : 1;
      if (character === ')') return names;
      isEmpty = true;
    } else if (character.trim() !== '') isEmpty = false;
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
  }
  return names;
}
