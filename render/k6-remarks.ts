import { k6ThresholdsMissed } from '../contract/journal/k6-exit-code.ts';
import type { ScenarioReport } from '../contract/report/report.ts';

/** How k6 ended, if not with success. */
export function k6Remarks({ k6ExitCode, k6Signal }: ScenarioReport): readonly string[] {
  return [
    ...(k6Signal === null ? [] : [`k6 was ended by ${k6Signal}`]),
    ...(k6ExitCode === null || k6ExitCode === 0
      ? []
      : [k6ExitCode === k6ThresholdsMissed ? 'k6 thresholds missed' : `k6 exited with code ${k6ExitCode}`]),
  ];
}
