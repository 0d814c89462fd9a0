import { sleep } from 'k6';
import exec from 'k6/execution';
import { openingMs } from '../../contract/plan/limits.ts';
import type { VuGroups } from '../../contract/plan/plan.ts';
import { environment } from '../environment.ts';
import { openConnection } from '../webhook-client.ts';
import { longIdleMs, openAheadMs } from './idle-connections.ts';
import { SteadyClock } from './steady-clock.ts';

const newClock = (): SteadyClock =>
  new SteadyClock(Date.now, (ms) => sleep(ms / 1000), environment.sizes.REQUEST_TIMEOUT_MS);

/** Of this VU, anew in each phase: see eachStep. */
let clock: SteadyClock | null = null;
const ownClock = (): SteadyClock => {
  clock ??= newClock();
  return clock;
};

/** Milliseconds since the epoch, on a clock that does not step within the phase. */
export const nowMs = (): number => ownClock().nowMs();

/** Sleeps until an instant, in milliseconds since the epoch. Returns at once if it has passed. */
export const waitUntil = (instantMs: number): void => ownClock().sleepUntil(instantMs);

/** The same, with the connection open at the instant. */
export function waitConnected(instantMs: number): void {
  if (instantMs - nowMs() > (longIdleMs() ?? Number.POSITIVE_INFINITY)) {
    waitUntil(instantMs - openAheadMs);
    openConnection();
  }
  waitUntil(instantMs);
}

/** Opens this VU's connection in its turn, which is place `turn` of `turns`. */
function openInTurn(turn: number, turns: number): void {
  sleep((openingMs * turn) / turns / 1000);
  openConnection();
}

/** Does this VU's part: `act` gets each step that its VU group has a turn at, and the VU's place within the VU group. */
export function eachStep(plan: VuGroups, act: (step: number, slot: number) => void): void {
  const vu = exec.scenario.iterationInTest;
  openInTurn(vu, plan.vusPerGroup * plan.groups);
  clock = newClock();
  for (let step = Math.floor(vu / plan.vusPerGroup); step < plan.steps; step += plan.groups)
    act(step, vu % plan.vusPerGroup);
}
