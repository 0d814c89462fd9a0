import {
  type FaultName,
  type FaultShareUnit,
  faultNames,
  faultTable,
  type SharedFault,
  type ValuedFault,
} from './fault-table.ts';

/** The injected faults; a fault that takes no value has null. Plain data: it travels to every worker. */
export type FaultValues = Readonly<Partial<Record<FaultName, number | null>>>;

const whole: Readonly<Record<FaultShareUnit, number>> = { PERCENT: 100, PER_TEN_THOUSAND: 10_000 };

/** What is injected into this process. */
export class Faults {
  readonly #values: FaultValues;
  readonly #turns = new Map<SharedFault, Turns>();

  constructor(values: FaultValues) {
    this.#values = values;
  }

  has(name: FaultName): boolean {
    return this.#values[name] !== undefined;
  }

  /** The fault's value in the unit of its table entry, null where it is not injected. */
  value(name: ValuedFault): number | null {
    return this.#values[name] ?? null;
  }

  /** The fault's value as a share from 0 up, 0 where it is not injected. */
  share(name: SharedFault): number {
    return (this.value(name) ?? 0) / whole[faultTable[name].value.unit];
  }

  /** Whether it is this occasion's turn. */
  strikes(name: SharedFault): boolean {
    if (!this.has(name)) return false;
    let turns = this.#turns.get(name);
    if (turns === undefined) {
      turns = new Turns(this.share(name));
      this.#turns.set(name, turns);
    }
    return turns.isNext();
  }
}

/**
 * Draws one occasion out of every 1 / share: which one is chance, how many is not, so that a fault of 2% strikes within the first fifty
 * requests of a process, however short the run is.
 */
class Turns {
  readonly #everyNth: number;
  #occasions = 0;
  #drawn = 0;
  #next: number;

  constructor(share: number) {
    this.#everyNth = 1 / Math.min(share, 1);
    this.#next = this.#draw();
  }

  isNext(): boolean {
    this.#occasions++;
    if (this.#occasions <= this.#next) return false;
    this.#next = this.#draw();
    return true;
  }

  #draw(): number {
    return (this.#drawn++ + Math.random()) * this.#everyNth;
  }
}

/**
 * Reads `NAME` or `NAME=value` texts.
 * @returns the faults and every problem found, one sentence each; the faults count only where there are none.
 */
export function parseFaults(texts: readonly string[]): {
  readonly faults: FaultValues;
  readonly problems: readonly string[];
} {
  const faults: Partial<Record<FaultName, number | null>> = {};
  const problems: string[] = [];
  for (const text of texts) {
    const [nameText = '', ...rest] = text.split('=');
    const valueText = rest.length === 0 ? null : rest.join('=');
    const name = faultNames.find((known) => known === nameText);
    if (name === undefined) {
      problems.push(`--fault "${nameText}" is unknown; known faults are ${faultNames.join(', ')}`);
      continue;
    }
    const { value } = faultTable[name];
    if (value === null) {
      if (valueText !== null) problems.push(`--fault ${name} takes no value`);
      faults[name] = null;
      continue;
    }
    const number = valueText === null ? value.default : Number(valueText);
    if (valueText === '' || !Number.isSafeInteger(number) || number < 1) {
      problems.push(`--fault ${name}=${valueText} must have a whole number of at least 1 (${value.unit})`);
    }
    faults[name] = number;
  }
  return { faults, problems };
}
