import { isTest, pages, type SourceFile, sources } from './files.ts';
import { goFunctions } from './go.ts';
import { importCycles, upwardImports } from './layers.ts';
import { oldWordsIn } from './old-words.ts';
import { readSyntax } from './syntax.ts';

export const checkNames = [
  'file-lines',
  'page-lines',
  'function-lines',
  'parameters',
  'upward-imports',
  'import-cycles',
  'spread-into-max',
  'old-words',
] as const;
export type CheckName = (typeof checkNames)[number];

/** What breaks each rule, and by how much: lines, parameters, or the number of times. */
export type Offenders = Readonly<Record<CheckName, ReadonlyMap<string, number>>>;

const maxFileLines = 300;
/** The changelog is no page that is read through: it may grow. */
const maxPageLines = 300;
const maxFunctionLines = 60;
const maxParameters = 4;

const once = (keys: readonly string[]): ReadonlyMap<string, number> => new Map(keys.map((key) => [key, 1]));

const linesOf = ({ path, text }: SourceFile): readonly [path: string, lines: number] => [
  path,
  text.split('\n').length - 1,
];

/** Two functions of one name in one file count as the larger one. */
function largest(entries: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [key, value] of entries) found.set(key, Math.max(value, found.get(key) ?? 0));
  return found;
}

export function measure(): Offenders {
  const syntax = readSyntax();
  const functions = [
    ...syntax.functions,
    ...sources.filter(({ path }) => path.endsWith('.go')).flatMap(goFunctions),
  ].filter(({ isTestBody }) => !isTestBody);
  const lines = sources.map(linesOf);
  return {
    'file-lines': new Map(
      lines.filter(([path, count]) => count > maxFileLines && !isTest(path) && !path.endsWith('_test.go')),
    ),
    'page-lines': new Map(
      pages
        .filter(({ path }) => path.endsWith('.md'))
        .map(linesOf)
        .filter(([, count]) => count > maxPageLines),
    ),
    'function-lines': largest(
      functions.filter((found) => found.lines > maxFunctionLines).map((found) => [found.key, found.lines]),
    ),
    parameters: largest(
      functions.filter((found) => found.parameters > maxParameters).map((found) => [found.key, found.parameters]),
    ),
    'upward-imports': once(upwardImports(syntax.imports)),
    'import-cycles': once(importCycles(syntax.imports)),
    'spread-into-max': once(syntax.spreads.filter((place) => !isTest(place)).map((place) => place.split(':')[0] ?? '')),
    'old-words': oldWordsIn([...sources, ...pages]),
  };
}
