import { fieldsOf, textIn } from '../../analysis/journal/fields.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { bodySchema } from './guess-answers.ts';
import { plainName } from './plain-name.ts';
import { listOf, References } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** As the document has it. */
  readonly path: string;
  readonly declared: Fields;
  /** Of the path and of the operation. */
  readonly parameters: readonly Fields[];
  /** How much it looks like one that receives signals. */
  readonly score: number;
}

export interface ApiDocument {
  readonly root: Fields;
  readonly references: References;
  readonly operations: readonly Operation[];
}

const methods = ['post', 'put', 'patch'] as const;
const maxPaths = 2_000;

/** Reads a document of OpenAPI 3. @param place for messages. Throws an ExpectedError. */
export function apiDocument(value: unknown, place: string): ApiDocument {
  const root = fieldsOf(value);
  const version = root === null ? null : textIn(root, 'openapi');
  if (root === null || version === null || !/^3\.\d/.test(version)) {
    const is = root !== null && 'swagger' in root ? 'Swagger 2' : 'no OpenAPI document';
    throw new ExpectedError(`--openapi: ${place} is ${is}: give one of OpenAPI 3.0 or 3.1, in JSON or YAML`);
  }
  const references = new References(root);
  const operations = Object.entries(fieldsOf(root.paths) ?? {})
    .slice(0, maxPaths)
    .flatMap(([path, item]) => operationsAt(path, references.resolve(item) ?? {}, references))
    .sort((a, b) => b.score - a.score);
  return { root, references, operations };
}

function operationsAt(path: string, item: Fields, references: References): readonly Operation[] {
  return methods.flatMap((method) => {
    const declared = fieldsOf(item[method]);
    if (declared === null || !path.startsWith('/')) return [];
    const parameters = [...listOf(item.parameters), ...listOf(declared.parameters)]
      .map((parameter) => references.resolve(parameter))
      .filter((parameter) => parameter !== null);
    const score = scoreOf(path, declared, references) - (method === 'post' ? 0 : 2);
    return [{ method: method.toUpperCase() as Operation['method'], path, declared, parameters, score }];
  });
}

const signalWords = /webhooks?|hooks?|signals?|alerts?|callbacks?|ingest|events?|notif(?:y|ications?)|receive/;
const otherWords = /log_?in|auth|token$|users?|register|password|refresh|sign_?(?:in|up)|subscri|admin|config|settings/;
const signalFields = /^(?:action|side|ticker|symbol|quantity|qty|price|signal_id|event_id|event|alert)$/;

function scoreOf(path: string, declared: Fields, references: References): number {
  const words = plainName(
    [path.replace(/\{[^}]*\}/g, ''), textIn(declared, 'operationId') ?? '', textIn(declared, 'summary') ?? ''].join(
      ' ',
    ),
  );
  const body = references.resolve(declared.requestBody);
  const fields = body === null ? [] : Object.keys(fieldsOf(bodySchema(body, references).properties) ?? {});
  const answers = Object.entries(fieldsOf(declared.responses) ?? {}).filter(([status]) => status.startsWith('2'));
  const tells = answers.flatMap(([, answer]) =>
    Object.keys(fieldsOf(bodySchema(references.resolve(answer) ?? {}, references).properties) ?? {}),
  );
  // Who makes a webhook tells its secret.
  const isCreation = tells.some((name) => /secret/.test(plainName(name))) && !/\{/.test(path);
  return (
    (signalWords.test(words) ? 3 : 0) +
    (otherWords.test(words) ? -3 : 0) +
    (body === null ? -2 : 1) +
    Math.min(4, fields.filter((name) => signalFields.test(plainName(name))).length) +
    (isCreation ? -6 : 0)
  );
}

const label = ({ method, path, declared }: Operation): string => {
  const summary = textIn(declared, 'summary');
  return `${method} ${path}${summary === null ? '' : ` (${summary.slice(0, 60)})`}`;
};

export type Choose = (question: string, choices: readonly string[]) => Promise<number>;

/**
 * The operation that receives signals: the one of --path, else the one that looks most like it; if several do, whoever is there is asked.
 * Throws an ExpectedError that lists them.
 * @param choose null: nobody is there.
 */
export async function chooseOperation(
  { operations }: ApiDocument,
  path: string | null,
  choose: Choose | null,
): Promise<Operation> {
  const listed = operations.slice(0, 20).map(label);
  const list = `\n${listed.map((text) => `    ${text}\n`).join('')}`;
  if (path !== null) {
    const found = operations.find((operation) => operation.path === path || operation.path === `${path}/`);
    if (found !== undefined) return found;
    throw new ExpectedError(`--path: the document has no POST, PUT or PATCH ${path}; it has${list}`);
  }
  const [first, second] = operations;
  if (first === undefined) throw new ExpectedError('--openapi: the document has no POST, PUT or PATCH');
  if (second === undefined || first.score > second.score) return first;
  if (choose === null) {
    throw new ExpectedError(`--path: several operations may receive signals, give the path of the right one:${list}`);
  }
  return operations[await choose('Which operation receives signals?', listed)] ?? first;
}
