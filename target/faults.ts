/**
 * Every fault that can be injected into the backend. Each is a few lines beside the healthy path that it breaks; search for
 * its name. `value` is what may follow the name after `=`; null means the fault takes none.
 */
export const faultTable = {
  'worker-sigkill': {
    breaks: 'a worker is killed by SIGKILL that long after the first signal',
    value: { unit: 'SECONDS', default: 5 },
  },
  leak: {
    breaks: 'each accepted signal keeps that many touched bytes in its worker for ever',
    value: { unit: 'BYTES', default: 65_536 },
  },
  'limiter-absent': { breaks: 'no request is ever limited', value: null },
  slow: { breaks: 'signals are answered that late', value: { unit: 'MS', default: 1200 } },
  'duplicate-twice': {
    breaks: 'every n-th recognised duplicate is processed again although it is answered as a duplicate',
    value: { unit: 'N', default: 1 },
  },
} as const satisfies Record<string, FaultDescription>;

interface FaultDescription {
  readonly breaks: string;
  readonly value: { readonly unit: string; readonly default: number } | null;
}

export type FaultName = keyof typeof faultTable;
export type ValuedFault = { [F in FaultName]: (typeof faultTable)[F]['value'] extends null ? never : F }[FaultName];

/** The injected faults; a fault that takes no value has null. Plain data: it travels to every worker. */
export type FaultValues = Readonly<Partial<Record<FaultName, number | null>>>;

export const faultNames = Object.keys(faultTable) as readonly FaultName[];

/** What is injected into this process. */
export class Faults {
  readonly #values: FaultValues;

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

/** Lines for --help. */
export function describeFaults(): string {
  return faultNames
    .map((name) => {
      const { breaks, value } = faultTable[name];
      const usage = value === null ? name : `${name}[=${value.unit}]`;
      return `  ${usage.padEnd(26)} ${breaks}${value === null ? '' : ` (default ${value.default})`}`;
    })
    .join('\n');
}
