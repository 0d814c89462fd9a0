import type { RunSettings } from './settings.ts';

/** What every scenario reads of the run's settings; where it sends comes beside it. */
export function scenarioVariables({
  sizes,
  profile,
}: Pick<RunSettings, 'sizes' | 'profile'>): Readonly<Record<string, string>> {
  const asText = Object.entries(sizes).map(([size, value]) => [size, String(value)] as const);
  return {
    ...Object.fromEntries(asText),
    // As settled here, so that k6 judges answers by the same one.
    STRESS_PROFILE: JSON.stringify(profile),
  };
}
