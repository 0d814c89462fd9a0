import type { BurstSchedule, PlannedPhase, PollSchedule } from '../../contract/plan/plan.ts';
import { shareOf, stepAt } from '../../contract/plan/timetable.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import type { SendOptions } from '../sent-request.ts';
import { eachStep, waitConnected } from './barrier.ts';
import { overOpenConnection } from './idle-connections.ts';

/** What a member of a VU group does when its part of the burst is answered. */
type Afterwards = (step: number, slot: number, instantMs: number) => void;

/** Distinct signals at the instant of each step. */
export function sendBursts(
  run: RunData,
  phase: PlannedPhase,
  schedule: BurstSchedule | PollSchedule,
  afterwards: Afterwards = () => {},
): void {
  const isForged = schedule.kind === 'burst' && schedule.forged;
  eachStep(schedule, (step, slot) => {
    const { atMs, webhook } = stepAt(schedule, step);
    const instantMs = run.readyAtMs + atMs;
    const send = senderOf(run, phase, webhook);
    waitConnected(instantMs);
    for (const place of shareOf(slot, schedule.vusPerGroup, schedule.atOnce)) {
      const n = step * schedule.atOnce + place;
      send(n, isForged ? forgedOrigin(n) : overOpenConnection);
    }
    afterwards(step, slot, instantMs);
  });
}

/** An address of TEST-NET-2 (RFC 5737) for each n up to 65,535: none is anybody's. */
const forgedOrigin = (n: number): SendOptions => ({
  ...overOpenConnection,
  headers: { 'X-Forwarded-For': `198.51.100.${n % 256}, 203.0.113.${Math.floor(n / 256) % 256}` },
});
