import exec from 'k6/execution';
import type { Outcome } from '../contract/journal/outcomes.ts';
import type { PlannedPhase } from '../contract/plan/plan.ts';
import { giveUp } from './give-up.ts';
import { around, probes } from './lazy-parts.ts';
import { originOf } from './origin.ts';
import type { PlanHere } from './planned.ts';
import { readbackPhase } from './readback-phase.ts';
import type { RunData } from './run-data.ts';
import { sender } from './sender.ts';

/**
 * One iteration of the phase that k6 runs.
 * @returns the outcome of the signal that it sent, of several the last one; null if it sent none, or those of a probe.
 */
export function sendPhase(plan: PlanHere, run: RunData): Outcome | null {
  // k6 makes this object anew at each access, which costs as much as a third of a request.
  const scenario = exec.scenario;
  const phase = plan.phase(scenario.name);
  if (phase === null) return outsidePlan(plan, startedWith(run, 0, scenario.startTime), scenario.name);
  const { schedule } = phase;
  switch (schedule.kind) {
    case 'rapid':
    case 'rate':
    case 'ramp':
      return sendNumbered(phase, run, scenario.iterationInTest);
    case 'replay': {
      const row = plan.row(phase.name, scenario.iterationInTest);
      return row === null
        ? null
        : probes().sendRecorded(
            run,
            row,
            startedWith(run, phase.startMs, scenario.startTime).readyAtMs + phase.startMs,
          );
    }
    default:
      return probes().sendGroup(phase, startedWith(run, phase.startMs, scenario.startTime));
  }
}

/** Reads back beside the load; any other k6 scenario runs this by mistake. */
function outsidePlan(plan: PlanHere, run: RunData, name: string): null {
  if (name !== readbackPhase) {
    giveUp(`${plan.name} has no phase "${name}": its plan has ${plan.names.join(', ')}`);
  }
  around().readUnderLoad(run, plan.lastMs);
  return null;
}

/** Instants count from where all generators of the run find the plan's time 0. */
function startedWith(run: RunData, startMs: number, startedAtMs: number): RunData {
  return { ...run, readyAtMs: originOf(run, startedAtMs - startMs) };
}

/** @param iteration counts those of the phase from 0 on, in all VUs. */
function sendNumbered(
  { schedule, signals: [own], purpose }: PlannedPhase,
  run: RunData,
  iteration: number,
): Outcome | null {
  if (own === undefined) return null;
  const send = (webhook: number) => sender(run, webhook, own, purpose)(own.first + iteration);
  if (schedule.kind === 'rapid') return send(schedule.webhook);
  // k6 takes no phase shorter than a second, and may start more than the plan has.
  if ((schedule.kind !== 'rate' && schedule.kind !== 'ramp') || iteration >= schedule.count) return null;
  return send(schedule.firstWebhook + (iteration % schedule.webhooks));
}
