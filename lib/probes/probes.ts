// What VUs of a group send at planned instants. build.mjs makes it one function (`lazy:probes`), so that no VU that sends at a rate pays for it.
import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { PlannedPhase } from '../../contract/plan/plan.ts';
import type { RunData } from '../run-data.ts';
import { sendAroundInstants } from './boundary.ts';
import { sendBursts } from './bursts.ts';
import { sendCopies } from './copies.ts';
import { sendForged } from './forged.ts';
import { sendQuota } from './quota.ts';
import { sendUntilAdmitted } from './recovery.ts';
import { sendUntilAnswered } from './redelivery.ts';
import { sendAgain } from './repeats.ts';
import { sendRounds } from './rounds.ts';

export { sendRecorded } from './replay.ts';

/** What one VU of a group does in a phase. */
export function sendGroup(phase: PlannedPhase, run: RunData): Outcome | null {
  const { schedule } = phase;
  switch (schedule.kind) {
    case 'burst':
      sendBursts(run, phase, schedule);
      break;
    case 'poll':
      sendUntilAdmitted(run, phase, schedule);
      break;
    case 'copies':
      return sendCopies(run, phase, schedule);
    case 'rounds':
      return sendRounds(run, phase, schedule);
    case 'repeats':
      sendAgain(run, phase, schedule);
      break;
    case 'quota':
      sendQuota(run, phase, schedule);
      break;
    case 'redelivery':
      return sendUntilAnswered(run, phase, schedule);
    case 'forged':
      sendForged(run, phase, schedule);
      break;
    case 'boundary':
      sendAroundInstants(run, phase, schedule);
      break;
  }
  return null;
}
