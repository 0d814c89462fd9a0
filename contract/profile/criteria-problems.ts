import type { TargetProfile } from './profile.ts';
import { toldBy } from './unknown-field.ts';

/** Whether the profile itself says what stands at a path, such as `criteria.cpu.warnPercent`; else it is the default. */
export type IsWritten = (path: string) => boolean;

interface Pair {
  /** The path of both. */
  readonly at: string;
  readonly low: readonly [name: string, value: number];
  readonly high: readonly [name: string, value: number];
}

/** What does not fit together in the thresholds of a profile. */
export function criteriaProblems(
  { criteria }: { readonly criteria: TargetProfile['criteria'] | null },
  isWritten: IsWritten,
): string[] {
  if (criteria === null) return [];
  const pair = (of: () => Pair) => (): readonly string[] => {
    const { low, high, at } = of();
    return low[1] > high[1] ? [inWords({ low, high, at }, isWritten)] : [];
  };
  const percent = (name: 'warnPercent' | 'processPercent') => (): readonly string[] => {
    const value = criteria.cpu[name];
    return value <= 100
      ? []
      : [
          `criteria.cpu.${name}: is ${value}; it must not be above 100, which is all of the CPU that may be used, whatever the number of cores`,
        ];
  };
  return toldBy(
    pair(() => rates(criteria)),
    pair(() => bytes(criteria)),
    ...responseTimes.map((name) => pair(() => times(criteria, name))),
    percent('warnPercent'),
    percent('processPercent'),
  );
}

type Criteria = TargetProfile['criteria'];

const responseTimes = [
  ...(['averageResponse', 'p95Response', 'anyResponse'] as const),
  ...(['responsiveness', 'storeResponse', 'lockWait'] as const),
];

const rates = ({ success: { failRate, passRate } }: Criteria): Pair => ({
  ...{ at: 'criteria.success', low: ['failRate', failRate], high: ['passRate', passRate] },
});
const bytes = ({ memoryGrowth: { warnBytes, failBytes } }: Criteria): Pair => ({
  ...{ at: 'criteria.memoryGrowth', low: ['warnBytes', warnBytes], high: ['failBytes', failBytes] },
});
const times = (criteria: Criteria, name: (typeof responseTimes)[number]): Pair => {
  const { warnMs, failMs } = criteria[name];
  return { at: `criteria.${name}`, low: ['warnMs', warnMs], high: ['failMs', failMs] };
};

function inWords({ at, low, high }: Pair, isWritten: IsWritten): string {
  const byDefault = ([name]: Pair['low']): string => (isWritten(`${at}.${name}`) ? '' : ' (the default)');
  return `${at}.${low[0]}: is ${low[1]}${byDefault(low)}; it must not be above ${high[0]}, ${high[1]}${byDefault(high)}`;
}
