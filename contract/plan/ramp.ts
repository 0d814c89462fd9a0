import type { RampSchedule } from './plan.ts';

/** The highest rate of a ramp, per its `perMs`. */
export const highestRate = ({ startRate, stages }: Pick<RampSchedule, 'startRate' | 'stages'>): number =>
  stages.reduce((highest, { rate }) => Math.max(highest, rate), startRate);

/** How long it takes. */
export const rampMs = ({ stages }: Pick<RampSchedule, 'stages'>): number => stages.reduce((sum, { ms }) => sum + ms, 0);
