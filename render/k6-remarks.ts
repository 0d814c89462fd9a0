import type { ScenarioReport } from '../contract/report/report.ts';

/** k6's exit code if a threshold of its own was missed. */
const thresholdsMissed = 99;

/** How k6 ended, if not with success. */
export function k6Remarks({ k6ExitCode, k6Signal }: ScenarioReport): readonly string[] {
  return [
    ...(k6Signal === null ? [] : [`k6 was ended by ${k6Signal}`]),
    ...(k6ExitCode === null || k6ExitCode === 0
      ? []
      : [k6ExitCode === thresholdsMissed ? 'k6 thresholds missed' : `k6 exited with code ${k6ExitCode}`]),
  ];
}
