import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { counted } from '../words.ts';
import type { Cycle } from './settled-memory.ts';

/** What makes the rests of a scenario longer. */
export const restSize = (name: ScenarioName): string => (name === 'soak' ? 'SOAK_REST_MS' : 'LEAK_SETTLE_SECONDS');

/** Why values are missing: the server did not come to rest. To follow what is missing; empty if it did. */
export function busyRestsInWords(name: ScenarioName, cycles: readonly Cycle[]): string {
  const busy = cycles.filter(({ isBusy }) => isBusy).length;
  if (busy === 0) return '';
  return `: in ${busy} of ${counted(cycles.length, 'rest')} the server worked on more than 5% of the requests for over half of the time: raise ${restSize(name)}`;
}
