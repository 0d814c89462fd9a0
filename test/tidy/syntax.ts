import { parseSync } from 'oxc-parser';
import { type SourceFile, scripts } from './files.ts';

/** A node of the syntax tree, as far as the checks look into it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface FunctionFound {
  /** `path name`; a function without a name is called after what it is given to. */
  readonly key: string;
  readonly path: string;
  readonly lines: number;
  readonly parameters: number;
  /** The body of a test or of a group of tests. */
  readonly isTestBody: boolean;
}

export interface Import {
  readonly from: string;
  readonly to: string;
}

export interface Syntax {
  readonly functions: readonly FunctionFound[];
  /** Of our own files, types included. */
  readonly imports: readonly Import[];
  /** `path:line` of each spread into Math.max or Math.min. */
  readonly spreads: readonly string[];
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const testCalls = new Set(['test', 'describe', 'suite', 'it', 'before', 'after', 't.test']);

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

export function visit(
  node: Node,
  parents: readonly Node[],
  look: (node: Node, parents: readonly Node[]) => void,
): void {
  look(node, parents);
  const inside = [...parents, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(child)) visit(child, inside, look);
    }
  }
}

export const textOf = (source: SourceFile, node: unknown): string =>
  isNode(node) ? source.text.slice(node.start, node.end) : '';

/** What a function is called by: its own name, that of its variable, property or method, or the call it is given to. */
function nameOf(source: SourceFile, node: Node, parents: readonly Node[]): { name: string; isTestBody: boolean } {
  const called = (name: string) => ({ name, isTestBody: false });
  if (isNode(node.id)) return called(textOf(source, node.id));
  const parent = parents.at(-1);
  if (parent?.type === 'VariableDeclarator') return called(textOf(source, parent.id));
  if (parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition' || parent?.type === 'Property') {
    const owner = parents.findLast(({ type }) => type === 'ClassDeclaration');
    const prefix = owner === undefined || parent.type === 'Property' ? '' : `${textOf(source, owner.id)}.`;
    return called(prefix + textOf(source, parent.key));
  }
  if (parent?.type === 'CallExpression') {
    const callee = textOf(source, parent.callee).split('\n')[0] ?? '';
    const holder = parents.findLast(({ type }) => type === 'VariableDeclarator');
    return {
      name: holder === undefined ? `${callee}(…)` : `${textOf(source, holder.id)} = ${callee}(…)`,
      isTestBody: testCalls.has(callee),
    };
  }
  return called('(anonymous)');
}

function syntaxOf(source: SourceFile): Syntax {
  const { program, errors } = parseSync(source.path, source.text);
  if (errors.length > 0 || !isNode(program)) throw new Error(`${source.path} cannot be parsed`);
  const functions: FunctionFound[] = [];
  const imports: Import[] = [];
  const spreads: string[] = [];
  visit(program, [], (node, parents) => {
    if (functionTypes.has(node.type)) {
      const { name, isTestBody } = nameOf(source, node, parents);
      functions.push({
        key: `${source.path} ${name}`,
        path: source.path,
        lines: lineAt(source.text, node.end) - lineAt(source.text, node.start) + 1,
        parameters: Array.isArray(node.params) ? node.params.length : 0,
        isTestBody,
      });
    }
    if (isNode(node.source) && typeof node.source.value === 'string' && node.source.value.startsWith('.')) {
      imports.push({ from: source.path, to: new URL(node.source.value, `file:///${source.path}`).pathname.slice(1) });
    }
    if (node.type === 'CallExpression' && /^Math\s*\.\s*(?:max|min)$/.test(textOf(source, node.callee))) {
      const given = Array.isArray(node.arguments) ? (node.arguments as unknown[]) : [];
      if (given.some((argument) => isNode(argument) && argument.type === 'SpreadElement'))
        spreads.push(`${source.path}:${lineAt(source.text, node.start)}`);
    }
  });
  return { functions, imports, spreads };
}

/** What the checks want to know of all our scripts; each is parsed once. */
export function readSyntax(files: readonly SourceFile[] = scripts): Syntax {
  const all = files.map(syntaxOf);
  return {
    functions: all.flatMap(({ functions }) => functions),
    imports: all.flatMap(({ imports }) => imports),
    spreads: all.flatMap(({ spreads }) => spreads),
  };
}
