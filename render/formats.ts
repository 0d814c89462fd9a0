import { recordedOutcomes } from '../contract/journal/outcomes.ts';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Stands for what was not measured. */
export const notMeasured = '–';

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? notMeasured : grouped.format(value);
}

/** Milliseconds without their unit, for columns whose head has it. */
export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return notMeasured;
  return value < 10 ? value.toFixed(1) : grouped.format(value);
}

/** A length of time: "15.2 s", "2 min 21 s", "1 h 4 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A place on the time axis: "83.4 s" from the start of the run, as findings name it, too. */
export function formatSecond(seconds: number, digits = 1): string {
  return `${seconds.toFixed(digits)} s`;
}

/** "2026-11-24 04:17:47 UTC" of an ISO 8601 time. */
export function formatUtc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "110 accepted, 90 limited", in the order of the outcomes. */
export function formatOutcomes(counts: Readonly<Partial<Record<string, number>>> | undefined): string {
  const parts = recordedOutcomes.flatMap((outcome) => {
    const count = counts?.[outcome];
    return count === undefined ? [] : [`${formatCount(count)} ${outcome}`];
  });
  return parts.length === 0 ? notMeasured : parts.join(', ');
}
