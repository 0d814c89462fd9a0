import { profileSchema, type SchemaNode } from './field-table.ts';

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

function objectType({ properties = {}, required = [] }: SchemaNode): string {
  const fields = Object.entries(properties)
    .filter(([name]) => name !== '$schema')
    .map(([name, field]) => {
      const comment = field.description === undefined ? '' : `/** ${field.description.replaceAll('*/', '* /')} */\n`;
      return `${comment}readonly ${name}${required.includes(name) ? '' : '?'}: ${typeText(field)};`;
    });
  return `{\n${indent(fields.join('\n'))}\n}`;
}

/** A JSON Schema as a TypeScript type, as far as a profile's schema goes. */
function typeText(node: SchemaNode): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(' | ');
  const inner = node.oneOf ?? node.anyOf;
  if (inner !== undefined) return [...new Set(inner.map(typeText))].join(' | ');
  if (node.items !== undefined) return `readonly (${typeText(node.items)})[]`;
  if (node.properties !== undefined) return objectType(node);
  if (node.additionalProperties !== undefined) {
    const { additionalProperties: value } = node;
    return `{ readonly [name: string]: ${typeof value === 'object' ? typeText(value) : 'unknown'} }`;
  }
  const names = typeof node.type === 'string' ? [node.type] : (node.type ?? ['unknown']);
  return names.map((name) => (name === 'integer' ? 'number' : name)).join(' | ');
}

/** dist/define-target.d.ts: what `import … from 'webhook-stress'` is typed by, without the schema library. */
export function defineTargetTypes(): string {
  return `/** What a target promises, and how its requests and answers read. */
export interface TargetInput ${objectType(profileSchema())}

/** Gives a profile its type. */
export declare function defineTarget(target: TargetInput): TargetInput;
`;
}
