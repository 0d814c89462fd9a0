import { type Draft, Expression } from './draft.ts';

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A text as a literal of TypeScript; nothing in it can end the literal. */
export function literal(text: string): string {
  const inner = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    .replace(/[\u2028\u2029\u007f-\u009f]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${inner}'`;
}

const maxLineLength = 100;

/** A JSON value as TypeScript, on one line where it fits. */
export function valueText(value: unknown, indent = ''): string {
  if (value instanceof Expression) return value.text;
  if (typeof value === 'string') return literal(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const parts = Array.isArray(value)
    ? value.map((item: unknown) => valueText(item, deeper))
    : Object.entries(value).map(([name, inner]) => `${key(name)}: ${valueText(inner, deeper)}`);
  if (parts.length === 0) return `${open}${close}`;
  const blank = open === '{' ? ' ' : '';
  const short = `${open}${blank}${parts.join(', ')}${blank}${close}`;
  if (short.length + indent.length <= maxLineLength && !short.includes('\n')) return short;
  return `${open}\n${parts.map((part) => `${deeper}${part},\n`).join('')}${indent}${close}`;
}

/** `__proto__` as a plain name would set the prototype. */
const key = (name: string): string =>
  name === '__proto__' ? "['__proto__']" : identifier.test(name) ? name : literal(name);

/** One line of a comment: whatever a document says cannot end it. */
const commentLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

function comment(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of commentLine(text).split(' ')) {
    if (line !== '' && indent.length + 3 + line.length + 1 + word.length > maxLineLength) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${indent}// ${each}\n`).join('');
}

/** The file stress.config.ts. */
export function configText({ source, target, notes }: Draft): string {
  const sections = Object.entries(target).map(([name, value]) => {
    const above = Object.entries(notes).find(([section]) => section === name)?.[1] ?? [];
    const text = above.map((note) => comment(note, '  ')).join('');
    return `${text === '' ? '' : `\n${text}`}  ${name}: ${valueText(value, '  ')},\n`;
  });
  return `${comment(`Written by webhook-stress init from ${source}.`, '')}// Above each section stands what was guessed: check it, and delete the comment. All fields: docs/profile-fields.md.
import { defineTarget } from 'webhook-stress';

export default defineTarget({
${sections.join('')}});
`;
}
