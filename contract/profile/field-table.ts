import { profileSchemaText } from './json-schema.ts';

/** As much of a JSON Schema as a profile's has. */
export interface SchemaNode {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

export interface Field {
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

export function profileSchema(): SchemaNode {
  return JSON.parse(profileSchemaText()) as SchemaNode;
}

const alternatives = (node: SchemaNode): readonly SchemaNode[] => node.oneOf ?? node.anyOf ?? [];

/** Every property of a schema, alternatives included, in the order in which it stands there. */
export function fieldsOf(node: SchemaNode, at = ''): readonly Field[] {
  const inside = [...alternatives(node), ...(node.items === undefined ? [] : [node.items])];
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
      const path = at === '' ? name : `${at}.${name}`;
      return [{ path, node: field, required: node.required?.includes(name) ?? false }, ...fieldsOf(field, path)];
    }),
    ...inside.flatMap((inner) => fieldsOf(inner, at)),
  ];
}

function typeOf(node: SchemaNode): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(', ');
  const inner = alternatives(node);
  if (inner.length > 0) return [...new Set(inner.map(typeOf))].join(' or ');
  if (node.items !== undefined) return `list of ${typeOf(node.items)}`;
  const names = typeof node.type === 'string' ? [node.type] : (node.type ?? []);
  return names.join(' or ') || 'any';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The table of fields in docs/profile-fields.md. */
export function fieldTable(): string {
  const rows = fieldsOf(profileSchema())
    .filter(({ path }) => path !== '$schema')
    .map(({ path, node, required }) => {
      const byDefault = isTold(node.default) ? `\`${JSON.stringify(node.default)}\`` : '';
      return `| \`${path}\` | ${cell(typeOf(node))} | ${required ? 'required' : cell(byDefault)} | ${cell(node.description ?? '')} |`;
    });
  return ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** `{}` as a default says only that the fields below have theirs. */
const isTold = (value: unknown): boolean => value !== undefined && JSON.stringify(value) !== '{}';

const begin = '<!-- generated:profile -->';
const end = '<!-- /generated:profile -->';

/** A page with the table between its markers made anew. */
export function withFieldTable(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page must have ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n${fieldTable()}\n${page.slice(to)}`;
}
