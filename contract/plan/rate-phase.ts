import type { Rate } from './limits.ts';
import type { PlannedPhase, RateSchedule } from './plan.ts';
import { type PhaseDetails, plannedPhase } from './planned-phase.ts';
import type { BuiltInRole } from './roles.ts';

export interface RatePhase extends Omit<PhaseDetails, 'endMs'> {
  readonly count: number;
  readonly rate: Rate;
  readonly firstWebhook: number;
  readonly webhooks: number;
}

/** A phase at a constant rate. It ends when the answer to its last signal is in, or one interval later. */
export function ratePhase(
  role: BuiltInRole,
  { count, rate, firstWebhook, webhooks, ...details }: RatePhase,
): PlannedPhase {
  const schedule: RateSchedule = { kind: 'rate', count, ...rate, firstWebhook, webhooks };
  return plannedPhase(role, schedule, {
    ...details,
    endMs: details.startMs + Math.max(lengthMs(schedule), Math.ceil((count * rate.perMs) / rate.rate)),
  });
}

/** k6 takes no executor that is shorter. */
const minLengthMs = 1000;

/**
 * How long k6 must run it to start exactly `count` iterations: one at 0 and one each interval, so it ends half an interval after
 * the last one has started.
 *
 *     count = 4   |x-------x-------x-------x---|
 *                 0       1       2       3   3.5 intervals
 */
export function lengthMs({ count, rate, perMs }: Pick<RateSchedule, 'count' | 'rate' | 'perMs'>): number {
  return Math.max(minLengthMs, Math.ceil(((count - 0.5) * perMs) / rate));
}

/** How many signals go out within so long. */
export const countWithin = (ms: number, { rate, perMs }: Rate): number => Math.max(1, Math.floor((ms * rate) / perMs));
