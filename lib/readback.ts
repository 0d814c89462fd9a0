import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { Drain, type DrainState, type Outstanding, type Poll, pauseMs } from '../contract/journal/drain.ts';
import {
  effectMetric,
  metadataKeys,
  pollMetric,
  readbackMetric,
  sightingMetric,
} from '../contract/journal/k6-metrics.ts';
import { missingOf } from '../contract/journal/promised-ranges.ts';
import type { ByUrl } from '../contract/request/readback-page.ts';
import { environment } from './environment.ts';
import { type Read, readWebhook } from './read-webhook.ts';
import type { RunData } from './run-data.ts';
import { isInterrupted, outstandingEffects } from './webhook-client.ts';

const effects = new Counter(effectMetric);
const readbacks = new Counter(readbackMetric);
const polls = new Counter(pollMetric);
const sightings = new Counter(sightingMetric);

/** After an interrupt a few polls tell what there is; nobody waits for a backlog. */
const maxInterruptedPolls = 3;

/** The read-back of all webhooks of a scenario, again and again. */
class Poller {
  /** Of each webhook; null where the last answer was not understood. */
  reads: readonly (Read | null)[] = [];
  /** Webhooks of which two answers in a row were not understood: they are not asked again. */
  private readonly givenUp = new Set<number>();
  private readonly seen = new Set<string>();

  constructor(
    private readonly how: ByUrl,
    private readonly run: RunData,
  ) {}

  get isLost(): boolean {
    return this.givenUp.size === this.run.webhooks.length;
  }

  /** Reads once, and records what was seen for the first time. `judge` says where read-back stands then. */
  poll(judge: (seen: Poll) => DrainState): {
    readonly state: DrainState;
    readonly tookMs: number;
  } {
    const { webhooks, runTag } = this.run;
    const startedMs = Date.now();
    const before = this.reads;
    this.reads = webhooks.map((_, index) => {
      const read = this.givenUp.has(index) ? null : readWebhook(this.how, this.run, index);
      if (read === null && before[index] === null) this.givenUp.add(index);
      return read;
    });
    const atMs = Date.now();
    const own = this.reads.flatMap((read) => read?.items.filter(({ id }) => id.startsWith(`${runTag}-`)) ?? []);
    const outstanding = outstandingIn(
      this.run,
      own.map(({ id }) => id),
    );
    const state = judge({ atMs, effects: own.length, outstanding });
    const tookMs = Math.max(0, atMs - startedMs);
    this.record(own.length, { tookMs, missing: outstanding?.missing ?? null, state });
    for (const { id, processedAtUs } of own) {
      if (processedAtUs !== 0 || this.seen.has(id)) continue;
      this.seen.add(id);
      withMetadata({ [metadataKeys.signal]: id }, () => sightings.add(1));
    }
    return { state, tookMs };
  }

  private record(
    count: number,
    { tookMs, missing, state }: { tookMs: number; missing: number | null; state: DrainState },
  ): void {
    const known = missing === null ? {} : { [metadataKeys.missing]: String(missing) };
    withMetadata({ [metadataKeys.tookMs]: String(tookMs), [metadataKeys.state]: state, ...known }, () =>
      polls.add(count),
    );
  }
}

/** Promised effects that are not among those with the given ids, those of all generators; null if they are not known. */
function outstandingIn({ isShared, elsewhere }: RunData, ids: readonly string[]): Outstanding | null {
  if (!isShared) return outstandingEffects(ids);
  const own = elsewhere === undefined ? null : outstandingEffects(ids);
  if (own === null || elsewhere === undefined) return null;
  // When others sent theirs is not told: they are waited for as the last ones.
  const others = missingOf(elsewhere, ids);
  return { missing: own.missing + others, waiting: own.waiting + others };
}

/** Metadata stay with the VU until they are taken away. */
function withMetadata(values: Readonly<Record<string, string>>, add: () => void): void {
  const { metadata } = exec.vu.metrics;
  Object.assign(metadata, values);
  add();
  for (const name of Object.keys(values)) delete metadata[name];
}

/**
 * k6's teardown(): asks the server what it processed for each webhook until nothing is missing, or nothing new comes, and records
 * every effect. Where the answer is not understood nothing is recorded as complete, and the verdict says so.
 */
export function readBack(run: RunData): void {
  const how = environment.profile.readback;
  if (how.kind !== 'url') return;
  const poller = new Poller(how, run);
  const drain = new Drain(how, { isBlind: run.isShared && run.elsewhere === undefined });
  let polled = 0;
  for (;;) {
    const { state, tookMs } = poller.poll((seen) => {
      const next = drain.after(seen);
      return next === 'reading' && poller.isLost ? 'failed' : next;
    });
    polled += 1;
    if (state !== 'reading' || (isInterrupted() && polled >= maxInterruptedPolls)) {
      recordEffects(poller.reads, state);
      return;
    }
    sleep(pauseMs(tookMs, 'after-load') / 1000);
  }
}

function recordEffects(reads: readonly (Read | null)[], state: DrainState): void {
  if (state === 'undrained') {
    console.warn('read-back: signals still came at its time limit (readback.limitMs): what is missing is not judged');
  }
  reads.forEach((read, index) => {
    if (read === null) {
      console.warn(`read-back of webhook ${index} failed: exactly-once cannot be proven from it`);
      return;
    }
    const webhook = { [metadataKeys.webhook]: String(index) };
    for (const { id, processedAtUs } of read.items) {
      const effect = { [metadataKeys.signal]: id, [metadataKeys.processedAtUs]: String(processedAtUs) };
      withMetadata({ ...webhook, ...effect }, () => effects.add(1));
    }
    if (state !== 'complete' && state !== 'settled') return;
    const total = read.total === null ? {} : { [metadataKeys.total]: String(read.total) };
    withMetadata({ ...webhook, ...total }, () => readbacks.add(read.items.length));
  });
}

/**
 * A VU beside the load, for targets that do not tell when they processed a signal: it reads once a second until the load's planned
 * end, so that each effect's time is known to a second.
 */
export function readUnderLoad(run: RunData, plannedMs: number): void {
  const how = environment.profile.readback;
  if (how.kind !== 'url') return;
  const poller = new Poller(how, run);
  const endMs = run.readyAtMs + plannedMs;
  while (Date.now() < endMs && !isInterrupted() && !poller.isLost) {
    const { tookMs } = poller.poll(() => 'loading');
    sleep(Math.min(pauseMs(tookMs, 'under-load'), Math.max(0, endMs - Date.now())) / 1000);
  }
}
