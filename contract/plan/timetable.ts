import type { Timetable } from './plan.ts';

/**
 * Steps from `startMs + leadMs` on.
 * @param times `stepMs` is the longest time that a step takes, answers included: so many VU groups that each is free at its turn.
 */
export function timetable(
  times: Omit<Timetable, 'groups' | 'firstMs'> & {
    readonly startMs: number;
    readonly leadMs: number;
    readonly stepMs: number;
  },
): { readonly table: Timetable; readonly startMs: number; readonly endMs: number } {
  const { stepMs: longestMs, leadMs, startMs, ...rest } = times;
  // Whole milliseconds add up without a remainder.
  const stepMs = Math.ceil(longestMs);
  const firstMs = startMs + leadMs;
  const groups = Math.max(1, Math.min(rest.steps, Math.ceil(stepMs / rest.everyMs)));
  return {
    table: { ...rest, firstMs, groups },
    startMs,
    endMs: firstMs + Math.max(0, rest.steps - 1) * rest.everyMs + stepMs,
  };
}

/** The instant of step n, in milliseconds after the end of setup, and its webhook. */
export function stepAt({ firstMs, everyMs, firstWebhook, webhooks }: Timetable, n: number) {
  return { atMs: firstMs + n * everyMs, webhook: firstWebhook + (n % webhooks) } as const;
}

/** Which of `count` things one member of a VU group does, if they are dealt out in turn. */
export function shareOf(slot: number, vusPerGroup: number, count: number): readonly number[] {
  const share: number[] = [];
  for (let n = slot; n < count; n += vusPerGroup) share.push(n);
  return share;
}
