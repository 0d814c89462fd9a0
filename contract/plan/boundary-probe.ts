import type { BoundarySchedule } from './plan.ts';

/**
 * The limit just before an instant and the limit just after it, at many offsets of the window. A window before each instant goes
 * one signal alone, the priming request, with which a window counted from its first hit begins: it ends at the instant, too.
 *
 *     priming            instant
 *        x                xx|xx          one step, W = window
 *        |-------- W -------|
 */
export interface BoundaryPlace {
  readonly startMs: number;
  readonly leadMs: number;
  readonly windowMs: number;
  readonly offsets: number;
  readonly firstWebhook: number;
  readonly webhooks: number;
  readonly atOnce: number;
}

/** From one offset to the next on the same webhook: one window to the priming request, one of quiet, one for the offset's own place. */
export const roundWindows = 3;
const maxAtOnce = 30;
const answersMs = 500;

export function boundarySchedule(place: BoundaryPlace): {
  readonly schedule: BoundarySchedule;
  readonly endMs: number;
} {
  const { startMs, leadMs, windowMs: window, offsets, firstWebhook, webhooks, atOnce } = place;
  const perRound = Math.min(webhooks, offsets);
  const rounds = Math.ceil(offsets / perRound);
  return {
    schedule: {
      kind: 'boundary',
      startMs: startMs + leadMs,
      steps: rounds * perRound,
      vusPerGroup: 1 + 2 * Math.min(atOnce, maxAtOnce),
      groups: Math.min(perRound, 3),
      offsets,
      perRound,
      windowMs: window,
      firstWebhook,
      atOnce,
      // Half the distance of two offsets: from ten offsets on, some offset has its signals on both sides of any instant at which
      // the server's windows may begin.
      halfGapMs: Math.max(10, Math.ceil(Math.min(window / 20, window / (2 * offsets)))),
    },
    // A window for the priming request, up to one until the clock is at a multiple of it, and one for the offsets of the last round.
    endMs: startMs + leadMs + (3 + roundWindows * (rounds - 1)) * window + answersMs,
  };
}

/**
 * The instant of step n, in milliseconds since the epoch, its offset of the window and its webhook; null for a step beyond the
 * last offset. Offset 0 is a multiple of the window, where most servers with fixed windows begin them.
 * @param readyAtMs when setup ended, since the epoch.
 */
export function boundaryAt(schedule: BoundarySchedule, readyAtMs: number, n: number) {
  const { offsets, perRound, windowMs: window } = schedule;
  const round = Math.floor(n / perRound);
  const place = n % perRound;
  const offset = place * (schedule.steps / perRound) + round;
  if (offset >= offsets) return null;
  const firstMs = Math.ceil((readyAtMs + schedule.startMs) / window + 1) * window;
  return {
    atMs: firstMs + (roundWindows * round + offset / offsets) * window,
    offset,
    webhook: schedule.firstWebhook + place,
  } as const;
}
