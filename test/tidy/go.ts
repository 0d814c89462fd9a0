import type { SourceFile } from './files.ts';
import type { FunctionFound } from './syntax.ts';

/** Functions of a Go file, as gofmt writes them: from a line that begins with `func` to the first line that is `}`. */
export function goFunctions({ path, text }: SourceFile): readonly FunctionFound[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const name = /^func (?:\([^)]*\) )?(\w+)/.exec(line)?.[1];
    if (name === undefined) return [];
    const length = line.endsWith('}') ? 1 : lines.slice(at).indexOf('}') + 1;
    return [{ key: `${path} ${name}`, path, lines: length, parameters: 0, isTestBody: name.startsWith('Test') }];
  });
}
