import { parseNumber, rangeInWords } from '../profile/parse-number.ts';

interface Size {
  readonly default: number;
  /** With SIZE=thorough, where rare faults are to be found and odds to be stated. */
  readonly thorough?: number;
  readonly least: number;
  readonly meaning: string;
}

/** Every size of every scenario. Names are those of the environment variables. */
export const sizeTable = {
  WEBHOOKS: { default: 10, least: 1, meaning: 'webhooks to create, where none are given by WEBHOOK_TOKEN' },
  REQUEST_TIMEOUT_MS: { default: 10_000, least: 100, meaning: 'a request without an answer by then is a timeout' },
  HFT_SIGNALS: { default: 100, least: 1, meaning: 'signals in each part of hft' },
  HFT_WEBHOOKS: { default: 5, least: 1, meaning: 'webhooks that part B of hft spreads over' },
  BURST_SIGNALS: {
    default: 100,
    least: 2,
    meaning: 'identical signals that burst sends at one instant, each from a VU of its own',
  },
  SUSTAINED_SECONDS: { default: 30, least: 1, meaning: 'length of sustained' },
  LEAK_REQUESTS: { default: 1000, least: 10, meaning: 'accepted requests of memory-leak, all cycles together' },
  LEAK_CYCLES: { default: 10, least: 1, meaning: 'load/settle cycles of memory-leak' },
  LEAK_SETTLE_SECONDS: { default: 3, least: 1, meaning: 'settling after the load of each cycle' },
  RATE_LIMIT_SIGNALS: { default: 20, least: 2, meaning: 'signals that rate-limit sends as fast as possible' },
  RATE_LIMIT_PROBE_SECONDS: {
    default: 10,
    thorough: 60,
    least: 2,
    meaning: 'length of the steady conformance probes of rate-limit',
  },
  RATE_LIMIT_OFFSETS: {
    default: 20,
    thorough: 60,
    least: 1,
    meaning: 'phases of the window that rate-limit boundaries',
  },
  RATE_LIMIT_BURSTS: { default: 80, thorough: 480, least: 0, meaning: 'bursts at one instant that rate-limit repeats' },
  CONCURRENCY_ROUNDS: {
    default: 5,
    thorough: 30,
    least: 1,
    meaning: 'rounds of distinct signals at one instant in concurrency',
  },
  CONCURRENCY_WEBHOOKS: {
    default: 5,
    least: 1,
    meaning: 'webhooks that each round of concurrency shares out its signals to',
  },
  IDEMPOTENCY_KEYS: {
    default: 30,
    thorough: 100,
    least: 1,
    meaning: 'signals repeated after each gap, and in each variant, of idempotency',
  },
  IDEMPOTENCY_TOGETHER: {
    default: 10,
    least: 2,
    meaning: 'copies of one signal that idempotency sends at one instant',
  },
  IDEMPOTENCY_ODDS_KEYS: {
    default: 0,
    thorough: 30_000,
    least: 0,
    meaning: 'signals sent twice each, to bound the odds of a duplicate',
  },
} as const satisfies Record<string, Size>;

export type SizeName = keyof typeof sizeTable;
export type Sizes = Readonly<Record<SizeName, number>>;

export const sizeNames = Object.keys(sizeTable) as readonly SizeName[];

/**
 * The sizes that the settings ask for: SIZE is `default` or `thorough`, and each size by its own name comes before that.
 * @returns the sizes and every problem found, one sentence each; the sizes count only where there are none.
 */
export function sizesFromSettings(settings: Readonly<Record<string, string | undefined>>): {
  readonly sizes: Sizes;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const column = settings.SIZE || 'default';
  if (column !== 'default' && column !== 'thorough') {
    problems.push(`SIZE is "${column}"; it must be default or thorough`);
  }
  const sizes = Object.fromEntries(
    sizeNames.map((name) => {
      const size: Size = sizeTable[name];
      const text = settings[name];
      if (text === undefined || text === '') {
        return [name, column === 'thorough' ? (size.thorough ?? size.default) : size.default];
      }
      const range = { min: size.least };
      const value = parseNumber(text, range);
      if (value === null) problems.push(`${name} is "${text}"; it must be ${rangeInWords(range)}`);
      return [name, value ?? size.default];
    }),
  ) as Record<SizeName, number>;
  return { sizes, problems };
}
