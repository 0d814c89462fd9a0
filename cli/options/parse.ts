import { Command, Option as CommanderOption } from 'commander';
import { type NumberRange, parseNumber, rangeInWords } from '../../contract/profile/parse-number.ts';
import { type CommandTable, type Option, type OptionTable, repeats, type Values } from './option.ts';

export interface Parsed<Table extends OptionTable> {
  readonly values: Values<Table>;
  readonly operands: readonly string[];
  readonly help: boolean;
  /** Every problem of the arguments, one sentence each. The values count only if there is none. */
  readonly problems: readonly string[];
}

const noValue = Symbol('no value');

/** Commander's view of the table. A value is optional to it: that it is missing is one problem among others, not the end. */
function commanderOf(table: OptionTable): Command {
  const command = new Command().helpOption(false).exitOverride();
  for (const [name, option] of Object.entries(table)) {
    const flags = option.kind === 'flag' ? `--${name}` : `--${name} [value]`;
    const declared = new CommanderOption(flags).preset(option.kind === 'flag' ? true : noValue);
    if (repeats(option)) {
      declared.argParser((value: unknown, before: unknown) => [...(Array.isArray(before) ? before : []), value]);
    }
    command.addOption(declared);
  }
  return command.addOption(new CommanderOption('-h, --help'));
}

/** Each number once, in the order in which they were given. */
function numbersIn(texts: readonly string[], range: NumberRange, problem: (text: string) => void): readonly number[] {
  const numbers = new Set<number>();
  for (const text of texts.flatMap((each) => each.split(','))) {
    const number = parseNumber(text.trim(), range);
    if (number === null) problem(`is "${text.trim()}"; it must be ${rangeInWords(range)}`);
    else numbers.add(number);
  }
  return [...numbers];
}

/** A value that was given, as its type wants it; what is wrong with it goes to `problem`. */
function checked(option: Option, raw: unknown, problem: (text: string) => void): unknown {
  if (option.kind === 'flag') return raw === true;
  if (option.kind === 'list' || option.kind === 'numbers') {
    const texts = (Array.isArray(raw) ? raw : []).filter((value) => typeof value === 'string');
    if (Array.isArray(raw) && texts.length < raw.length) problem(`needs a value: ${option.value}`);
    return option.kind === 'list' ? texts : numbersIn(texts, option, problem);
  }
  const fallback = 'default' in option ? (option.default ?? null) : null;
  if (raw === undefined) return fallback;
  if (typeof raw !== 'string') {
    problem(`needs a value: ${option.value}`);
    return fallback;
  }
  switch (option.kind) {
    case 'text':
      if (option.must !== undefined && !option.must.match.test(raw))
        problem(`is "${raw}"; it must be ${option.must.be}`);
      if (raw === '') problem('must not be empty');
      return raw;
    case 'choice':
      if (option.choices.includes(raw)) return raw;
      problem(`is "${raw}"; it must be one of ${option.choices.join(', ')}`);
      return fallback;
    case 'number': {
      const number = option.words?.[raw] ?? parseNumber(raw, option);
      const words = Object.keys(option.words ?? {}).map((word) => ` or ${word}`);
      if (number === null) problem(`is "${raw}"; it must be ${rangeInWords(option)}${words.join('')}`);
      return number ?? option.default ?? option.min;
    }
  }
}

/** Reads the arguments of a command by its table. It never throws for what the user wrote: that is a problem. */
export function parseArguments<Table extends OptionTable>(
  { options, maxOperands }: CommandTable<Table>,
  args: readonly string[],
): Parsed<Table> {
  const command = commanderOf(options);
  const { operands, unknown } = command.parseOptions([...args]);
  const given = command.opts<Record<string, unknown>>();
  const problems = unknown
    .filter((word) => word.startsWith('-') && word !== '--')
    .map((word) => `Unknown option ${word.replace(/=.*/s, '')} (--help lists the options)`);
  const words = [...operands, ...unknown.filter((word) => !word.startsWith('-'))];
  // What follows an unknown option may be its value: it is not a second problem.
  const extra = unknown.length === 0 ? words.slice(maxOperands) : [];
  if (extra.length > 0) problems.push(`Unexpected argument ${extra.map((word) => `“${word}”`).join(', ')}`);
  const values = Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const key = new CommanderOption(`--${name}`).attributeName();
      return [name, checked(option, given[key], (text) => problems.push(`--${name} ${text}`))];
    }),
  );
  // The one cast: `checked` gives each value the type that its table entry declares.
  return {
    values: values as Values<Table>,
    operands: operands.slice(0, maxOperands),
    help: given.help === true,
    problems,
  };
}
