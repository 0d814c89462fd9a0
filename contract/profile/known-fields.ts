import { profileSchema, type SchemaNode } from './field-table.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether an alternative is of another kind than what was written. */
function isOther({ properties = {} }: SchemaNode, written: unknown): boolean {
  return Object.entries(properties).some(([name, node]) => {
    const value = isObject(written) ? written[name] : undefined;
    const choices = node.const === undefined ? node.enum : [node.const];
    return value !== undefined && choices !== undefined && !choices.includes(value);
  });
}

function alternatives(node: SchemaNode, written: unknown): readonly SchemaNode[] {
  const inside = node.oneOf ?? node.anyOf;
  if (inside === undefined) return [node];
  const fitting = inside.filter((each) => !isOther(each, written));
  return (fitting.length > 0 ? fitting : inside).flatMap((each) => alternatives(each, written));
}

/** The fields that a profile's object may have at a path, and does not have yet. */
export function openFields(root: unknown, path: readonly PropertyKey[]): readonly string[] {
  let written = root;
  let nodes = alternatives(profileSchema(), written);
  for (const key of path) {
    const name = String(key);
    written = isObject(written) ? written[name] : Array.isArray(written) ? (written as unknown[])[Number(key)] : null;
    const at = written;
    nodes = nodes.flatMap(({ properties, items }) => {
      const inner = properties?.[name] ?? (typeof key === 'number' ? items : undefined);
      return inner === undefined ? [] : alternatives(inner, at);
    });
  }
  const taken = isObject(written) ? written : {};
  return [...new Set(nodes.flatMap(({ properties = {} }) => Object.keys(properties)))].filter(
    (name) => name !== '$schema' && !(name in taken),
  );
}
