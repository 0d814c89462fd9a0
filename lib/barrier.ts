import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Scenario } from 'k6/options';
import { openingMs } from '../contract/plan/plan.ts';
import type { VuGroups } from '../contract/plan/timetable.ts';
import { environment } from './environment.ts';
import { openConnection } from './webhook-client.ts';

/** Sleeps until an instant of the wall clock, in milliseconds since the epoch. Returns at once where it has passed. */
export function waitUntil(instantMs: number): void {
  const remainingMs = instantMs - Date.now();
  if (remainingMs > 0) sleep(remainingMs / 1000);
}

/**
 * Servers close idle connections, usually after 5 s and some after 2 s; one that closes as the signal goes out looks like a
 * failure. Where all requests share one count, asking anew costs quota and is put off as long as most servers allow.
 */
const { limiter } = environment.profile;
const longIdleMs = limiter.kind === 'none' || limiter.scope === 'webhook' ? 1_000 : 3_000;
const openAheadMs = 500;

/** The same, with the connection asked anew before a long wait ends, so that it is open at the instant. */
export function waitConnected(instantMs: number): void {
  if (instantMs - Date.now() > longIdleMs) {
    waitUntil(instantMs - openAheadMs);
    openConnection();
  }
  waitUntil(instantMs);
}

/** A phase in steps as k6 runs it: each VU has one iteration, in which it does all its steps by eachStep. */
export function groupScenario(plan: VuGroups, exec: string): Scenario {
  return {
    executor: 'per-vu-iterations',
    vus: plan.vusPerGroup * plan.groups,
    iterations: 1,
    startTime: `${plan.startMs}ms`,
    maxDuration: `${Math.ceil(plan.endMs - plan.startMs) + 60_000}ms`,
    exec,
  };
}

/** Opens this VU's connection in its turn, which is place `turn` of `turns`. */
export function openInTurn(turn: number, turns: number): void {
  sleep((openingMs * turn) / turns / 1000);
  openConnection();
}

/** Does this VU's part: `act` gets each step that its VU group has a turn at, and the VU's place within the VU group. */
export function eachStep(plan: VuGroups, act: (step: number, slot: number) => void): void {
  const vu = exec.scenario.iterationInTest;
  openInTurn(vu, plan.vusPerGroup * plan.groups);
  for (let step = Math.floor(vu / plan.vusPerGroup); step < plan.steps; step += plan.groups)
    act(step, vu % plan.vusPerGroup);
}
