import exec from 'k6/execution';
import type { Scenario } from 'k6/options';
import type { Outcome } from '../contract/journal/outcomes.ts';
import { perSecond } from '../contract/plan/limits.ts';
import type { PlannedPhase, RateSchedule } from '../contract/plan/plan.ts';
import { lengthMs } from '../contract/plan/rate-phase.ts';
import type { ScenarioName } from '../contract/plan/scenarios.ts';
import { type PlanHere, plannedHere } from './planned.ts';
import { sendAroundInstants } from './probes/boundary.ts';
import { sendBursts } from './probes/bursts.ts';
import { sendCopies } from './probes/copies.ts';
import { sendForged } from './probes/forged.ts';
import { sendQuota } from './probes/quota.ts';
import { sendUntilAdmitted } from './probes/recovery.ts';
import { sendUntilAnswered } from './probes/redelivery.ts';
import { sendAgain } from './probes/repeats.ts';
import { sendRounds } from './probes/rounds.ts';
import { type Provisioned, provision } from './provisioning.ts';
import { readUnderLoad } from './readback.ts';
import { sender } from './sender.ts';

/** How a bundle executes its plan: each phase is a k6 scenario of the same name, and all of them run `send`. */
export interface Execution {
  readonly scenarios: Record<string, Scenario>;
  readonly setup: () => Provisioned;
  /** One iteration of the phase that k6 runs. Returns the outcome if it sent one signal of its own, else null. */
  readonly send: (run: Provisioned) => Outcome | null;
}

export function execution(scenario: ScenarioName): Execution {
  const plan = plannedHere(scenario);
  return {
    // Of the first script context only, see lib/options.ts.
    scenarios: __VU > 0 ? {} : scenariosOf(plan),
    setup: () => provision(plan.webhooks, plan.otherTenant),
    send: (run) => {
      // k6 makes this object anew at each access, which costs as much as a third of a request.
      const scenario = exec.scenario;
      const phase = plan.phase(scenario.name);
      if (phase === null) {
        if (scenario.name === readbackPhase) readUnderLoad(run, plan.lastMs);
        return null;
      }
      const { kind } = phase.schedule;
      if (kind === 'rapid' || kind === 'rate') return sendNumbered(phase, run, scenario.iterationInTest);
      sendGroup(phase, startedWith(run, phase, scenario.startTime));
      return null;
    },
  };
}

function scenariosOf(plan: PlanHere): Record<string, Scenario> {
  const phases = plan.names.flatMap((name) => plan.phase(name) ?? []);
  return {
    ...Object.fromEntries(phases.map((phase) => [phase.name, scenarioOf(phase, phases)])),
    ...(plan.isPolled ? { [readbackPhase]: pollsUntil(plan.lastMs) } : {}),
  };
}

/**
 * Instants count from when k6 started the phase, which it does by a monotonic clock: a step of the wall clock between setup and
 * the phase then moves none of them.
 */
function startedWith(run: Provisioned, { startMs }: PlannedPhase, startedAtMs: number): Provisioned {
  return { ...run, readyAtMs: startedAtMs - startMs };
}

/** The k6 scenario that reads back beside the load. No phase of a plan has this name. */
const readbackPhase = 'readback';

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
        ...(role === 'leak.cycle' ? endBefore(nextStartMs(phases, startMs), startMs + lengthMs(schedule)) : {}),
        ...vusOf(schedule),
        ...start,
      };
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
function vusOf(schedule: RateSchedule): { readonly preAllocatedVUs: number; readonly maxVUs: number } {
  const rate = perSecond(schedule);
  const preAllocatedVUs = Math.max(30, Math.ceil(Math.min(rate / 4, Math.max(100 + rate / 100, rate / 10), 1000)));
  return { preAllocatedVUs, maxVUs: Math.max(preAllocatedVUs, Math.min(1000, Math.max(50, Math.ceil(5 * rate)))) };
}

/** What one VU of a group does in a phase. */
function sendGroup(phase: PlannedPhase, run: Provisioned): void {
  const { schedule } = phase;
  switch (schedule.kind) {
    case 'burst':
      sendBursts(run, phase, schedule);
      break;
    case 'poll':
      sendUntilAdmitted(run, phase, schedule);
      break;
    case 'copies':
      sendCopies(run, phase, schedule);
      break;
    case 'rounds':
      sendRounds(run, phase, schedule);
      break;
    case 'repeats':
      sendAgain(run, phase, schedule);
      break;
    case 'quota':
      sendQuota(run, phase, schedule);
      break;
    case 'redelivery':
      sendUntilAnswered(run, phase, schedule);
      break;
    case 'forged':
      sendForged(run, phase, schedule);
      break;
    case 'boundary':
      sendAroundInstants(run, phase, schedule);
      break;
  }
}

/** @param iteration counts those of the phase from 0 on, in all VUs. */
function sendNumbered(
  { schedule, signals: [own], purpose }: PlannedPhase,
  run: Provisioned,
  iteration: number,
): Outcome | null {
  const send = (webhook: number) => sender(run, webhook, own?.code ?? '', purpose)((own?.first ?? 0) + iteration);
  if (schedule.kind === 'rapid') return send(schedule.webhook);
  // k6 takes no phase shorter than a second, and may start more than the plan has.
  if (schedule.kind !== 'rate' || iteration >= schedule.count) return null;
  return send(schedule.firstWebhook + (iteration % schedule.webhooks));
}
