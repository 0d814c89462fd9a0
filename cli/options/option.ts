import type { NumberRange } from '../../contract/profile/parse-number.ts';

// An option is declared once, in the table of its command: parsing, checks, help and the generated docs read it there.

interface Common {
  readonly meaning: string;
  /** The environment variable that does the same; the option comes first. */
  readonly variable?: string;
}

interface Flag extends Common {
  readonly kind: 'flag';
}

interface Text extends Common {
  readonly kind: 'text';
  /** Stands for the value in help: FILE, NAME. */
  readonly value: string;
  readonly default?: string;
  /** What the value must be, and the words for it. */
  readonly must?: { readonly match: RegExp; readonly be: string };
}

interface List extends Common {
  readonly kind: 'list';
  readonly value: string;
}

interface NumberOption extends Common, NumberRange {
  readonly kind: 'number';
  /** Its unit where it has one: SECONDS. */
  readonly value: string;
  readonly default?: number;
  /** Words that may stand for a number, and for which. */
  readonly words?: Readonly<Record<string, number>>;
  /** A timer of Node fires at once if it is longer than 24 days: an option that is a time needs a max. */
  readonly max: number;
}

/** Several numbers, with commas between them or each by its own option. */
interface NumberList extends Common, NumberRange {
  readonly kind: 'numbers';
  readonly value: string;
  readonly max: number;
}

interface Choice extends Common {
  readonly kind: 'choice';
  readonly value: string;
  readonly choices: readonly string[];
  readonly default: string;
}

export type Option = Flag | Text | List | NumberOption | NumberList | Choice;
/** Whether it may be given more than once. */
export const repeats = ({ kind }: Option): boolean => kind === 'list' || kind === 'numbers';

export type OptionTable = Readonly<Record<string, Option>>;

type Given<O, T> = O extends { readonly default: T } ? T : T | null;

/** What an option's value is after parsing; null if it was not given and has no default. */
export type ValueOf<O extends Option> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'list' }
    ? readonly string[]
    : O extends { kind: 'numbers' }
      ? readonly number[]
      : O extends { kind: 'number' }
        ? Given<O, number>
        : O extends { kind: 'choice'; choices: readonly (infer C)[] }
          ? C
          : Given<O, string>;

export type Values<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** A command as people see it: its options, and all that its help says. */
export interface CommandTable<Table extends OptionTable = OptionTable> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What may follow the command's name beside options. */
  readonly operands: string;
  /** How many operands it takes at most. */
  readonly maxOperands: number;
  /** Paragraphs below the usage. */
  readonly description: readonly string[];
  readonly options: Table;
  /** Further lists in its help: name and meaning. */
  readonly lists: readonly { readonly title: string; readonly items: readonly (readonly [string, string])[] }[];
  readonly examples: readonly (readonly [command: string, does: string])[];
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[];
}
