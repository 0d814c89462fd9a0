import { parseSync } from 'oxc-parser';
import { type SourceFile, scripts } from './files.ts';
import { isNode, type Node, textOf, visit } from './syntax.ts';

// What a reader reads is made of data, and is never taken apart again: what decides asks the data.

/**
 * Names of what holds a sentence, or ends in one of these: `summary`, `firstCause`, `spreadWords`. `text` is none of them: most texts
 * were written by others, and are there to be read.
 */
const sentence =
  /(?:cause|summary|words|title|sentence|evidence|remark|complaint|advice|headline|problem|message|note|reason)s?$/i;

/** Called on a text. */
const textMethods = new Set([
  'includes',
  'startsWith',
  'endsWith',
  'match',
  'matchAll',
  'search',
  'split',
  'indexOf',
  'lastIndexOf',
  'replace',
  'replaceAll',
]);
/** Given a text. */
const patternMethods = new Set(['test', 'exec']);

/** Fields that lead from `a?.summary ?? ''` and `(summary)` to what has the name. */
const within = ['expression', 'left', 'right', 'consequent', 'alternate'] as const;

/** What an expression is called by: the last word of `end.cause`. */
function namesOf(node: unknown): readonly string[] {
  if (!isNode(node)) return [];
  if (node.type === 'Identifier' && typeof node.name === 'string') return [node.name];
  if (node.type === 'MemberExpression') return namesOf(node.computed === true ? node.object : node.property);
  return within.flatMap((field) => namesOf(node[field]));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const isSentence = (node: unknown): boolean => namesOf(node).some((name) => sentence.test(name));

/** A text with a space: a code has none. */
const isPhrase = (node: unknown): boolean =>
  isNode(node) && node.type === 'Literal' && typeof node.value === 'string' && node.value.includes(' ');

function isParsing(node: Node): boolean {
  if (node.type === 'BinaryExpression' && (node.operator === '===' || node.operator === '!=='))
    return (isSentence(node.left) && isPhrase(node.right)) || (isPhrase(node.left) && isSentence(node.right));
  if (node.type !== 'CallExpression' || !isNode(node.callee) || node.callee.type !== 'MemberExpression') return false;
  const [method = ''] = namesOf(node.callee);
  if (textMethods.has(method)) return isSentence(node.callee.object);
  return patternMethods.has(method) && listOf(node.arguments).some(isSentence);
}

/** `path: code` of each place that takes a sentence apart. */
export function parsedSentences(
  files: readonly SourceFile[] = scripts.filter(({ path }) =>
    /^(?:analysis|bundle|cli|contract|lib|monitor|render|scenarios)\//.test(path),
  ),
): readonly string[] {
  return files.flatMap((source) => {
    const { program } = parseSync(source.path, source.text);
    const found: string[] = [];
    if (!isNode(program)) return found;
    visit(program, [], (node) => {
      if (isParsing(node)) found.push(`${source.path}: ${textOf(source, node).replace(/\s+/g, ' ')}`);
    });
    return found;
  });
}
