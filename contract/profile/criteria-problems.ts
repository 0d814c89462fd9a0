import type { TargetProfile } from './profile.ts';

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
  const { success, memoryGrowth, cpu } = criteria;
  const times = [
    'averageResponse',
    'p95Response',
    'anyResponse',
    'responsiveness',
    'storeResponse',
    'lockWait',
  ] as const;
  const pairs: readonly Pair[] = [
    { at: 'criteria.success', low: ['failRate', success.failRate], high: ['passRate', success.passRate] },
    {
      at: 'criteria.memoryGrowth',
      low: ['warnBytes', memoryGrowth.warnBytes],
      high: ['failBytes', memoryGrowth.failBytes],
    },
    ...times.map((name) => ({
      at: `criteria.${name}`,
      low: ['warnMs', criteria[name].warnMs] as const,
      high: ['failMs', criteria[name].failMs] as const,
    })),
  ];
  const percents = (['warnPercent', 'processPercent'] as const).filter((name) => cpu[name] > 100);
  return [
    ...pairs.filter(({ low, high }) => low[1] > high[1]).map((pair) => inWords(pair, isWritten)),
    ...percents.map(
      (name) =>
        `criteria.cpu.${name}: is ${cpu[name]}; it must not be above 100, which is all of the CPU that may be used, whatever the number of cores`,
    ),
  ];
}

function inWords({ at, low, high }: Pair, isWritten: IsWritten): string {
  const byDefault = ([name]: Pair['low']): string => (isWritten(`${at}.${name}`) ? '' : ' (the default)');
  return `${at}.${low[0]}: is ${low[1]}${byDefault(low)}; it must not be above ${high[0]}, ${high[1]}${byDefault(high)}`;
}
