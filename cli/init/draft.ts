import type { TargetInput } from '../../contract/profile/profile.ts';

/** TypeScript that is written as it stands, and what it is worth now. */
export class Expression {
  readonly text: string;
  readonly value: unknown;

  constructor(text: string, value: unknown) {
    this.text = text;
    this.value = value;
  }
}

export type Section = keyof TargetInput;

/** A profile as it was guessed, and why. */
export interface Draft {
  /** Where it comes from, for the first line. */
  readonly source: string;
  readonly target: TargetInput;
  /** Above each section: what was guessed, and what to check. */
  readonly notes: Readonly<Partial<Record<Section, readonly string[]>>>;
  /** Secrets that were found: they go into no file. By the variable that they belong into. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Notes as they come up. */
export class Notes {
  readonly #found = new Map<Section, string[]>();

  add(section: Section, text: string): void {
    const known = this.#found.get(section);
    if (known === undefined) this.#found.set(section, [text]);
    else if (!known.includes(text)) known.push(text);
  }

  all(): Draft['notes'] {
    return Object.fromEntries(this.#found);
  }
}

/** A JSON value with its expressions worked out. */
export function workedOut(value: unknown): unknown {
  if (value instanceof Expression) return value.value;
  if (Array.isArray(value)) return value.map((item: unknown) => workedOut(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, workedOut(inner)]));
}
