/** A phase in steps. A VU group of VUs does a step together; where steps overlap, several VU groups take turns. */
export interface VuGroups {
  readonly phase: string;
  /** When the VUs start and open their connections, in milliseconds after the end of setup. */
  readonly startMs: number;
  /** When the last answer is in, likewise. */
  readonly endMs: number;
  readonly steps: number;
  readonly vusPerGroup: number;
  readonly groups: number;
}

/** Steps at equal distances, step n for the n-th webhook from the first one on, and round again. */
export interface Timetable extends VuGroups {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly firstWebhook: number;
  readonly webhooks: number;
}

/** @param times `stepMs` is the most that a step takes, answers included: so many VU groups that each is free at its turn. */
export function timetable(
  times: Omit<Timetable, 'groups' | 'endMs' | 'firstMs'> & { readonly leadMs: number; readonly stepMs: number },
): Timetable {
  const { stepMs: longestMs, leadMs, ...rest } = times;
  // Whole milliseconds add up without a remainder.
  const stepMs = Math.ceil(longestMs);
  const firstMs = rest.startMs + leadMs;
  return {
    ...rest,
    firstMs,
    endMs: firstMs + Math.max(0, rest.steps - 1) * rest.everyMs + stepMs,
    groups: Math.max(1, Math.min(rest.steps, Math.ceil(stepMs / rest.everyMs))),
  };
}

/** The instant of step n, in milliseconds after the end of setup, and its webhook. */
export function stepAt({ firstMs, everyMs, firstWebhook, webhooks }: Timetable, n: number) {
  return { atMs: firstMs + n * everyMs, webhook: firstWebhook + (n % webhooks) } as const;
}

/** Which of `count` things one member of a VU group does, where they are dealt out in turn. */
export function shareOf(slot: number, vusPerGroup: number, count: number): readonly number[] {
  const share: number[] = [];
  for (let n = slot; n < count; n += vusPerGroup) share.push(n);
  return share;
}
