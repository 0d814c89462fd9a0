import type { Plan } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { type Sizes, sizesFromSettings } from '../../contract/plan/sizes.ts';
import { tooShortForSoak } from '../../contract/plan/soak.ts';
import { secondsOf } from '../duration.ts';
import type { Environment } from '../environment.ts';

/** The sizes of a run, with the length of soak that `--duration` gives. A text that is none is a problem of the options. */
export function soakSizes(
  { duration }: { readonly duration: string | null },
  scenarios: readonly ScenarioName[],
  { all }: Pick<Environment, 'all'>,
): { readonly sizes: Sizes; readonly problems: readonly string[] } {
  const seconds = duration === null ? null : secondsOf(duration);
  if (seconds === null) return sizesFromSettings(all);
  const { sizes, problems } = sizesFromSettings(
    { ...all, SOAK_SECONDS: String(seconds) },
    { SOAK_SECONDS: `--duration ${duration} is ${seconds} s` },
  );
  return {
    sizes,
    problems: [
      ...problems,
      ...(scenarios.includes('soak') ? [] : ['--duration is the length of soak: add this scenario']),
    ],
  };
}

/** Why a plan of soak cannot be judged; none for any other. */
export function soakProblems({ scenario, estimatedMs }: Plan, sizes: Sizes): readonly string[] {
  return scenario === 'soak' ? [tooShortForSoak(estimatedMs, sizes) ?? []].flat() : [];
}
