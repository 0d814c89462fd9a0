import { Help } from 'commander';
import { type CommandTable, type Option, repeats } from './option.ts';

const widthOfHelp = 80;
/** A longer term stands on a line of its own. */
const maxTermWidth = 24;

/** Commander's layout of lists, with a fixed width: help reads the same in a pipe. */
const layout = new Help();
layout.helpWidth = widthOfHelp;

export type Items = readonly (readonly [term: string, meaning: string])[];

/** A list of terms and meanings under a title, within 80 columns. */
export function section(title: string, items: Items): string {
  const longest = items.reduce((max, [term]) => Math.max(max, term.length), 0);
  const width = Math.min(maxTermWidth, longest);
  const lines = items.map(([term, meaning]) =>
    term.length <= width
      ? layout.formatItem(term, width, meaning, layout)
      : `  ${term}\n${layout.formatItem('', width, meaning, layout)}`,
  );
  return `${title}:\n${lines.map((line) => line.replace(/ +$/gm, '')).join('\n')}\n`;
}

export function paragraph(text: string): string {
  return `${layout.boxWrap(text, widthOfHelp)}\n`;
}

/** Examples have no columns: a command and, below it, what it does. */
function examples(items: CommandTable['examples']): string {
  return `Examples:\n${items.map(([command, does]) => `  ${command}\n      ${does}`).join('\n')}\n`;
}

function term(name: string, option: Option): string {
  const value = option.kind === 'flag' ? '' : ` ${option.value}`;
  return `--${name}${value}`;
}

/** What follows the meaning: choices, bounds, default, repetition and the variable that does the same. */
function details(option: Option): string {
  const facts: string[] = [];
  if (option.kind === 'choice') facts.push(option.choices.join(', '));
  if (option.kind === 'number' || option.kind === 'numbers') facts.push(`${option.min} to ${option.max}`);
  if (repeats(option)) facts.push('may be repeated');
  if ('default' in option && option.default !== undefined) facts.push(`default ${option.default}`);
  if (option.variable !== undefined) facts.push(`or ${option.variable}`);
  return facts.length === 0 ? '' : ` (${facts.join('; ')})`;
}

/** The help of a command, made from its table. */
export function commandHelp(command: CommandTable): string {
  const usage = ['Usage: webhook-stress', command.name, '[options]', command.operands].filter(Boolean).join(' ');
  const options: Items = [
    ...Object.entries(command.options).map(
      ([name, option]) => [term(name, option), option.meaning + details(option)] as const,
    ),
    ['-h, --help', 'show this help'],
  ];
  return [
    `${usage}\n`,
    ...[command.summary, ...command.description].map(paragraph),
    section('Options', options),
    ...command.lists.map(({ title, items }) => section(title, items)),
    examples(command.examples),
    section(
      'Exit codes',
      command.exitCodes.map(([code, meaning]) => [String(code), meaning]),
    ),
  ].join('\n');
}
