import { parseNumber, rangeInWords } from '../profile/parse-number.ts';

export interface Size {
  readonly default: number;
  /** With SIZE=thorough, if rare faults are to be found and odds to be stated. */
  readonly thorough?: number;
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

/** Every size of every scenario. Names are those of the environment variables. */
export const sizeTable = {
  MAX_RATE: {
    default: 1000,
    min: 1,
    max: 100_000,
    meaning: 'signals per second, and signals of one burst, that no phase exceeds, whatever limit the profile declares',
  },
  MIN_LEGITIMATE: {
    default: 110,
    min: 0,
    max: 1_000_000,
    meaning: 'signals within the limit that each scenario sends at the minimum; 100 are needed to judge success',
  },
  MAX_SCENARIO_SECONDS: {
    default: 600,
    min: 10,
    max: 2_592_000,
    meaning:
      'time of one scenario that a slow limiter may stretch it to; what does not fit is left out, and said before the run',
  },
  WEBHOOKS: { default: 10, min: 1, max: 1_000, meaning: 'webhooks to create, if none are given by WEBHOOK_TOKEN' },
  REQUEST_TIMEOUT_MS: {
    default: 10_000,
    min: 100,
    max: 600_000,
    meaning: 'a request without an answer by then is a timeout',
  },
  HFT_SIGNALS: { default: 100, min: 1, max: 1_000_000, meaning: 'signals in each part of hft' },
  HFT_WEBHOOKS: { default: 5, min: 1, max: 1_000, meaning: 'webhooks that part B of hft spreads over' },
  BURST_SIGNALS: {
    default: 100,
    min: 2,
    max: 2_000,
    meaning: 'identical signals that burst sends at one instant, each from a VU of its own',
  },
  SUSTAINED_SECONDS: { default: 30, min: 1, max: 2_592_000, meaning: 'length of sustained' },
  LEAK_REQUESTS: {
    default: 1000,
    thorough: 25_000,
    min: 10,
    max: 100_000_000,
    meaning: 'accepted requests of memory-leak, all cycles together',
  },
  LEAK_CYCLES: { default: 10, min: 1, max: 1_000, meaning: 'load/settle cycles of memory-leak' },
  LEAK_SETTLE_SECONDS: { default: 3, min: 1, max: 3_600, meaning: 'settling after the load of each cycle' },
  SOAK_SECONDS: {
    default: 3600,
    min: 10,
    max: 2_592_000,
    meaning: 'length of soak, load and rests together; `run --duration` says the same in s, m or h',
  },
  SOAK_REST_MS: {
    default: 3_000,
    min: 500,
    max: 3_600_000,
    meaning: 'shortest rest after the load of each cycle of soak: memory settles in it',
  },
  RATE_LIMIT_SIGNALS: {
    default: 20,
    min: 2,
    max: 100_000,
    meaning:
      'min signals that rate-limit sends as fast as possible; it sends twice what the limiter takes at once if that is more',
  },
  RATE_LIMIT_PROBE_SECONDS: {
    default: 10,
    thorough: 60,
    min: 2,
    max: 86_400,
    meaning: 'length of the steady conformance probes of rate-limit',
  },
  RATE_LIMIT_OFFSETS: {
    default: 20,
    thorough: 60,
    min: 1,
    max: 1_000,
    meaning: 'offsets of the window at which rate-limit tests its boundary',
  },
  RATE_LIMIT_BURSTS: {
    default: 80,
    thorough: 480,
    min: 0,
    max: 100_000,
    meaning: 'bursts at one instant that rate-limit repeats',
  },
  CONCURRENCY_ROUNDS: {
    default: 5,
    thorough: 30,
    min: 1,
    max: 100_000,
    meaning: 'rounds of distinct signals at one instant in concurrency',
  },
  CONCURRENCY_WEBHOOKS: {
    default: 5,
    min: 1,
    max: 100,
    meaning: 'webhooks that each round of concurrency shares out its signals to',
  },
  IDEMPOTENCY_KEYS: {
    default: 30,
    thorough: 100,
    min: 1,
    max: 100_000,
    meaning: 'signals repeated after each gap, and in each variant, of idempotency',
  },
  IDEMPOTENCY_TOGETHER: {
    default: 10,
    min: 2,
    max: 100,
    meaning: 'copies of one signal that idempotency sends at one instant',
  },
  AUTHENTICATION_SIGNALS: {
    default: 8,
    thorough: 30,
    min: 0,
    max: 10_000,
    meaning: 'signals with each flaw of signature or secret that idempotency sends, and as many right ones',
  },
  IDEMPOTENCY_ODDS_KEYS: {
    default: 0,
    thorough: 30_000,
    min: 0,
    max: 10_000_000,
    meaning: 'signals sent twice each, to bound the odds of a duplicate',
  },
  REDELIVERY_SIGNALS: {
    default: 60,
    thorough: 300,
    min: 1,
    max: 100_000,
    meaning: 'signals that redelivery sends, most of them cut off, and sends again',
  },
} as const satisfies Record<string, Size>;

export type SizeName = keyof typeof sizeTable;
export type Sizes = Readonly<Record<SizeName, number>>;

export const sizeNames = Object.keys(sizeTable) as readonly SizeName[];

/**
 * The sizes that the settings ask for: SIZE is `default` or `thorough`, and each size by its own name comes before that.
 * @param given how a size was given that its own name does not say: `--duration 1s is 1 s`.
 * @returns the sizes and every problem found, one sentence each; the sizes count only if there are none.
 */
export function sizesFromSettings(
  settings: Readonly<Record<string, string | undefined>>,
  given: Readonly<Partial<Record<SizeName, string>>> = {},
): {
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
      const range = { min: size.min, max: size.max };
      const value = parseNumber(text, range);
      if (value === null) problems.push(`${given[name] ?? `${name} is "${text}"`}; it must be ${rangeInWords(range)}`);
      return [name, value ?? size.default];
    }),
  ) as Record<SizeName, number>;
  return { sizes, problems };
}
