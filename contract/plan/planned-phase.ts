import type { Flaw } from './flaws.ts';
import { forgedSignalsOf } from './forged-steps.ts';
import type { ForgedSchedule, PlannedPhase, PlannedSignals, Schedule } from './plan.ts';
import { minAttempts } from './redelivery-times.ts';
import { type BuiltInRole, roles } from './roles.ts';
import type { SignalVariant } from './signal.ts';

export interface PhaseDetails {
  readonly startMs: number;
  readonly endMs: number;
  readonly purpose?: 'load' | 'probe';
  /** Number of its first signal, if phases share a code. */
  readonly first?: number;
  readonly variant?: SignalVariant;
  /** Goes after the role's name, if several phases have the role. */
  readonly suffix?: string;
}

/** A phase of the plan: requests and signals follow from its schedule. */
export function plannedPhase(role: BuiltInRole, schedule: Schedule, details: PhaseDetails): PlannedPhase {
  const { startMs, endMs, purpose = 'load', first = 0, variant = 'none', suffix = '' } = details;
  return {
    name: `${roles[role].name}${suffix}`,
    role,
    purpose,
    startMs,
    endMs,
    requests: requestsOf(schedule),
    signals: signalsOf(role, schedule, first, variant),
    schedule,
  };
}

export function requestsOf(schedule: Schedule): { readonly min: number; readonly max: number } {
  const exactly = (count: number) => ({ min: count, max: count });
  switch (schedule.kind) {
    case 'rapid':
    case 'rate':
    case 'ramp':
    case 'replay':
      return exactly(schedule.count);
    case 'burst':
      return exactly(schedule.steps * schedule.atOnce);
    case 'poll': {
      const { steps, atOnce } = schedule;
      return { min: steps * (atOnce + 1), max: steps * (atOnce + maxPolls(schedule)) };
    }
    case 'copies':
    case 'rounds':
      return exactly(schedule.steps * schedule.vusPerGroup);
    case 'repeats':
      return exactly(schedule.steps * (1 + schedule.gapsTtl.length));
    case 'quota':
      return exactly(schedule.steps * (1 + schedule.repeats + schedule.distinct));
    case 'forged':
      return exactly(schedule.steps + stepsWith(schedule, 'replayed'));
    case 'boundary':
      return exactly(schedule.offsets * (1 + 2 * schedule.atOnce));
    case 'redelivery':
      return { min: minAttempts(schedule), max: schedule.steps * (1 + schedule.pausesMs.length) };
  }
}

/** How many steps have the flaw. */
function stepsWith(schedule: ForgedSchedule, flaw: Flaw): number {
  const place = schedule.flaws.indexOf(flaw);
  return place < 0 ? 0 : Math.ceil(Math.max(0, forgedSignalsOf(schedule) - place) / schedule.flaws.length);
}

/** Polls of one step: the first comes one `pollMs` after the burst, and the last may begin just before the time is over. */
export function maxPolls({ pollMs, pollForMs }: { readonly pollMs: number; readonly pollForMs: number }): number {
  return Math.ceil(pollForMs / pollMs) + 1;
}

function signalsOf(
  role: BuiltInRole,
  schedule: Schedule,
  first: number,
  variant: SignalVariant,
): readonly PlannedSignals[] {
  const { code } = roles[role];
  const own = (count: number): PlannedSignals => ({ code, first, count, variant });
  switch (schedule.kind) {
    case 'poll':
      return [
        own(schedule.steps * schedule.atOnce),
        { code: secondCode(role), first: 0, count: schedule.steps * maxPolls(schedule), variant },
      ];
    case 'quota':
      return [
        own(schedule.steps),
        { code: secondCode(role), first: 0, count: schedule.steps * schedule.distinct, variant },
      ];
    case 'copies':
    case 'repeats':
    case 'redelivery':
      return [own(schedule.steps)];
    case 'forged':
      return [own(forgedSignalsOf(schedule))];
    case 'boundary':
      return [own(schedule.steps * (1 + 2 * schedule.atOnce))];
    default:
      return [own(requestsOf(schedule).max)];
  }
}

function secondCode(role: BuiltInRole): string {
  const entry = roles[role];
  if (!('second' in entry)) throw new Error(`${role} has no second code`);
  return entry.second;
}
