import type { Scenario } from 'k6/options';
import { openingMs, perSecond } from '../../contract/plan/limits.ts';
import type { PlannedPhase, RampSchedule } from '../../contract/plan/plan.ts';
import { highestRate, rampMs } from '../../contract/plan/ramp.ts';
import { lengthMs } from '../../contract/plan/rate-phase.ts';
import { isCycle } from '../../contract/plan/roles.ts';
import type { PlanHere } from '../planned.ts';
import { longIdleMs, openAheadMs } from '../probes/idle-connections.ts';
import { readbackPhase } from '../readback-phase.ts';

// Each phase of a plan is a k6 scenario of the same name, and all of them run `send`. What our own k6 sends from Go runs no JavaScript for
// a signal: the executor webhook-plan (k6/plan/) gets the phase itself.

/** What is sent from Go; null: nothing, for `send` holds code that must run for each signal, or this is another k6. */
export type SentFromGo = {
  /** A rate to which each signal adds whether it was accepted. */
  readonly successRate: string | null;
} | null;

export function scenariosOf(plan: PlanHere, fromGo: SentFromGo): Record<string, Scenario> {
  const phases = phasesOf(plan);
  return {
    ...Object.fromEntries(
      phases.map((phase) => [phase.name, planScenario(plan, phase, fromGo) ?? scenarioOf(phase, phases)]),
    ),
    ...(plan.isPolled ? { [readbackPhase]: pollsUntil(plan.lastMs) } : {}),
  };
}

const phasesOf = (plan: PlanHere): readonly PlannedPhase[] => plan.names.flatMap((name) => plan.phase(name) ?? []);

/** A phase of replay with its recorded signals. */
const withRows = (plan: PlanHere, { name }: PlannedPhase) => plan.whole().phases.find((phase) => phase.name === name);

function pollsUntil(endMs: number): Scenario {
  return {
    executor: 'per-vu-iterations',
    vus: 1,
    iterations: 1,
    maxDuration: `${Math.ceil(endMs) + graceMs}ms`,
    exec: 'send',
  };
}

/** Longer than any phase waits for a server that does not answer. */
const graceMs = 60_000;

function scenarioOf({ role, schedule, startMs, endMs }: PlannedPhase, phases: readonly PlannedPhase[]): Scenario {
  const start = { startTime: `${startMs}ms`, exec: 'send' };
  const maxDuration = `${Math.ceil(endMs - startMs) + graceMs}ms`;
  switch (schedule.kind) {
    case 'rapid':
      return { executor: 'shared-iterations', vus: schedule.vus, iterations: schedule.count, maxDuration, ...start };
    case 'rate':
      return {
        executor: 'constant-arrival-rate',
        rate: schedule.rate,
        timeUnit: `${schedule.perMs}ms`,
        duration: `${lengthMs(schedule)}ms`,
        ...(isCycle(role) ? endBefore(nextStartMs(phases, startMs), startMs + lengthMs(schedule)) : {}),
        ...vusOf(perSecond(schedule)),
        ...start,
      };
    case 'ramp':
      return {
        ...rampOf(schedule),
        ...vusOf(perSecond({ rate: highestRate(schedule), perMs: schedule.perMs })),
        ...start,
      };
    case 'replay':
      return { executor: 'shared-iterations', vus: schedule.vus, iterations: schedule.count, maxDuration, ...start };
    default:
      return {
        executor: 'per-vu-iterations',
        vus: schedule.vusPerGroup * schedule.groups,
        iterations: 1,
        maxDuration,
        ...start,
      };
  }
}

/** The k6 scenario of a phase that is sent from Go; null if it is not. */
function planScenario(plan: PlanHere, phase: PlannedPhase, fromGo: SentFromGo): Scenario | null {
  const { role, startMs } = phase;
  const sent = fromGo === null ? null : sentFromGo(phase);
  if (fromGo === null || sent === null) return null;
  const scenario = {
    executor: 'webhook-plan',
    exec: 'send',
    startTime: `${startMs}ms`,
    ...(isCycle(role) ? endBefore(nextStartMs(phasesOf(plan), startMs), startMs + sent.durationMs) : {}),
    phase: phase.schedule.kind === 'replay' ? withRows(plan, phase) : phase,
    ...sent,
    opening: { withinMs: openingMs, againAfterMs: longIdleMs(), aheadMs: openAheadMs },
    ...(fromGo.successRate === null ? {} : { success: fromGo.successRate }),
  };
  // The types of k6 know its own executors only.
  return scenario as unknown as Scenario;
}

/** How long signals of a phase are started from Go, over how many connections; null for what JavaScript decides from answers. */
function sentFromGo({ schedule, startMs, endMs }: PlannedPhase) {
  const untilAnswered = Math.ceil(endMs - startMs) + graceMs;
  const atRate = (rate: number, durationMs: number) => {
    const { preAllocatedVUs, maxVUs } = vusOf(rate);
    return { durationMs, connections: { prepared: preAllocatedVUs, max: maxVUs } };
  };
  const over = (vus: number) => ({ durationMs: untilAnswered, connections: { prepared: vus, max: vus } });
  switch (schedule.kind) {
    case 'rate':
      return atRate(perSecond(schedule), lengthMs(schedule));
    case 'ramp':
      return atRate(perSecond({ rate: highestRate(schedule), perMs: schedule.perMs }), rampMs(schedule) + tailMs);
    case 'rapid':
    case 'replay':
      return over(schedule.vus);
    case 'burst':
    case 'copies':
    case 'rounds':
      return over(schedule.vusPerGroup * schedule.groups);
    default:
      return null;
  }
}

/** When the next phase starts; null for the last one. */
function nextStartMs(phases: readonly PlannedPhase[], afterMs: number): number | null {
  return phases.reduce<number | null>(
    (next, { startMs }) => (startMs > afterMs && (next === null || startMs < next) ? startMs : next),
    null,
  );
}

/** k6 lets go of a scenario's VUs that long before the next one begins. */
const handOverMs = 100;

/**
 * A scenario that may still run while the next one begins leaves its VUs to nobody: each cycle would open connections of its own, and those
 * of all cycles together grow like a leak in the server.
 */
function endBefore(nextMs: number | null, endMs: number): Pick<Scenario, 'gracefulStop'> {
  return nextMs === null ? {} : { gracefulStop: `${Math.max(0, Math.floor(nextMs - endMs - handOverMs))}ms` };
}

/**
 * VUs of a constant rate R: each is busy for the time of a response. Prepared are those for responses of a quarter of a second,
 * above 400 per second fewer, down to a tenth: a VU takes CPU to start, and k6 uses them in turn, so each opens a connection. At
 * least 30: k6 drops an iteration if it must start a VU first. Up to 1,000 start if the server is slower; beyond that k6 drops.
 *
 *     R = 80/s: 30 VUs, up to 400;  R = 1,000/s: 110 VUs;  R = 4,000/s: 400 VUs, up to 1,000
 */
function vusOf(rate: number): { readonly preAllocatedVUs: number; readonly maxVUs: number } {
  const preAllocatedVUs = Math.max(30, Math.ceil(Math.min(rate / 4, Math.max(100 + rate / 100, rate / 10), 1000)));
  return { preAllocatedVUs, maxVUs: Math.max(preAllocatedVUs, Math.min(1000, Math.max(50, Math.ceil(5 * rate)))) };
}

/** The last signal may fall due at the very end, where k6 may stop before it: so much longer, and what is too many sends nothing. */
const tailMs = 200;

function rampOf({ startRate, stages, perMs }: RampSchedule) {
  const last = stages.at(-1)?.rate ?? startRate;
  return {
    executor: 'ramping-arrival-rate',
    startRate,
    timeUnit: `${perMs}ms`,
    stages: [...stages, { ms: tailMs, rate: Math.max(1, last) }].map(({ ms, rate }) => ({
      duration: `${ms}ms`,
      target: rate,
    })),
  } as const;
}
