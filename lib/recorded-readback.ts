import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import type { DrainState } from '../contract/journal/drain.ts';
import {
  effectMetric,
  metadataKeys,
  pollMetric,
  readbackMetric,
  sightingMetric,
} from '../contract/journal/k6-metrics.ts';
import type { Effect } from '../contract/request/readback-page.ts';

const newCounters = () => ({
  effects: new Counter(effectMetric),
  readbacks: new Counter(readbackMetric),
  polls: new Counter(pollMetric),
  sightings: new Counter(sightingMetric),
});

let counters: ReturnType<typeof newCounters> | null = null;

/** For a VU that reads back. k6 makes metrics at the start only, and to make them is a tenth of what it takes to start one that does not. */
export function countReadback(): void {
  counters ??= newCounters();
}

function counted(): ReturnType<typeof newCounters> {
  if (counters === null) throw new Error('this VU was not to read back');
  return counters;
}

/** Metadata stay with the VU until they are taken away. */
function withMetadata(values: Readonly<Record<string, string>>, add: () => void): void {
  const { metadata } = exec.vu.metrics;
  Object.assign(metadata, values);
  add();
  for (const name of Object.keys(values)) delete metadata[name];
}

/** What one reading of all webhooks saw. */
export function recordPoll(
  count: number,
  { tookMs, missing, state }: { tookMs: number; missing: number | null; state: DrainState },
): void {
  const known = missing === null ? {} : { [metadataKeys.missing]: String(missing) };
  withMetadata({ [metadataKeys.tookMs]: String(tookMs), [metadataKeys.state]: state, ...known }, () =>
    counted().polls.add(count),
  );
}

/** An effect of a signal of which the poll before this saw more than those before it. */
export function recordSighting(id: string): void {
  withMetadata({ [metadataKeys.signal]: id }, () => counted().sightings.add(1));
}

export function recordEffect(webhook: number, { id, processedAtUs }: Effect): void {
  const effect = {
    [metadataKeys.webhook]: String(webhook),
    [metadataKeys.signal]: id,
    [metadataKeys.processedAtUs]: String(processedAtUs),
  };
  withMetadata(effect, () => counted().effects.add(1));
}

/** All effects of a webhook were read. @param total the target's own counter. */
export function recordRead(webhook: number, count: number, total: number | null): void {
  const told = total === null ? {} : { [metadataKeys.total]: String(total) };
  withMetadata({ [metadataKeys.webhook]: String(webhook), ...told }, () => counted().readbacks.add(count));
}

/** What is known of a webhook of which an answer was not understood. */
export function warnUnread(webhook: number): void {
  console.warn(`read-back of webhook ${webhook} failed: exactly-once cannot be proven from it`);
}

export function warnUndrained(state: DrainState): void {
  if (state !== 'undrained') return;
  console.warn('read-back: signals still came at its time limit (readback.limitMs): what is missing is not judged');
}
