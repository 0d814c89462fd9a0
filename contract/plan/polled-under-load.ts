import type { TargetProfile } from '../profile/profile.ts';
import { isShared } from './limits.ts';
import type { ScenarioName } from './scenarios.ts';

/**
 * Whether read-back goes on beside the load: only so is the time of an effect known where the target does not tell it. Not where
 * reading would use up the limit of the signals, and not beside memory that is to be measured at rest.
 */
export function isPolledUnderLoad(profile: TargetProfile, scenario: ScenarioName): boolean {
  const { readback } = profile;
  if (scenario === 'memory-leak' || scenario === 'soak' || readback.kind === 'none') return false;
  return readback.kind !== 'url' || (readback.processedAtUs === null && !isShared(profile));
}
