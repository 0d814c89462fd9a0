import { sleep } from 'k6';
import { type DrainState, type Outstanding, pauseMs } from '../../contract/journal/drain.ts';
import { missingOf } from '../../contract/journal/promised-ranges.ts';
import { SeenEffects } from '../../contract/journal/seen-effects.ts';
import { withNamesOnWebhooks } from '../../contract/plan/told-at-once.ts';
import type { ByUrl, Effect } from '../../contract/request/readback-page.ts';
import { environment } from '../environment.ts';
import { recordEffect, recordRead, recordSighting, warnUndrained, warnUnread } from '../recorded-readback.ts';
import type { RunData } from '../run-data.ts';
import { isInterrupted, outstandingEffects } from '../webhook-client.ts';
import { alsoToldOf, askedWebhooks, type Read, readWebhook } from './read-webhook.ts';
import { Poller, type Reader } from './readback-poller.ts';

/** Holds all that a poll reads. */
class HeldReader implements Reader<Read> {
  private readonly seen = new SeenEffects();
  private own: readonly Effect[] = [];

  constructor(
    private readonly how: ByUrl,
    private readonly run: RunData,
  ) {}

  begin(): void {}

  read(index: number): Read | null {
    return readWebhook(this.how, this.run, index);
  }

  seenIn(reads: readonly (Read | null)[]) {
    const { run } = this;
    this.own = reads.flatMap((read) => read?.items.filter(({ id }) => id.startsWith(`${run.runTag}-`)) ?? []);
    const ids = withNamesOnWebhooks(
      this.own.map(({ id }) => id),
      run.webhooks.length,
    );
    return { effects: this.own.length, outstanding: outstandingIn(run, ids) };
  }

  /** Where the target does not tell when it processed a signal, the first poll that saw it does. */
  recorded(): void {
    const ids = this.own.filter(({ processedAtUs }) => processedAtUs === 0).map(({ id }) => id);
    // An effect that moves from page to page while they are read may be there twice.
    const told = this.how.next === null ? ids : [...new Set(ids)];
    for (const id of this.seen.newIn(told)) recordSighting(id);
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

/**
 * k6's teardown(): asks the server what it processed for each webhook until nothing is missing, or nothing new comes, and records
 * every effect. Where the answer is not understood nothing is recorded as complete, and the verdict says so.
 */
export function readBack(run: RunData): void {
  const how = environment.profile.readback;
  if (how.kind !== 'url') return;
  const poller = new Poller(run, new HeldReader(how, run));
  recordEffects(run, poller.untilDrained(how), poller.reads);
}

const isOver = (state: DrainState): boolean => state === 'complete' || state === 'settled';

function recordEffects(run: RunData, state: DrainState, reads: readonly (Read | null)[]): void {
  warnUndrained(state);
  const asked = askedWebhooks(run);
  reads.forEach((read, place) => {
    const index = asked[place] ?? place;
    if (read === null) {
      warnUnread(index);
      return;
    }
    for (const effect of read.items) recordEffect(index, effect);
    if (isOver(state)) recordRead(index, read.items.length, read.total);
  });
  if (reads[0] !== null && isOver(state)) for (const index of alsoToldOf(run)) recordRead(index, 0, null);
}

/**
 * A VU beside the load, for targets that do not tell when they processed a signal: it reads once a second until the load's planned
 * end, so that each effect's time is known to a second.
 */
export function readUnderLoad(run: RunData, plannedMs: number): void {
  const how = environment.profile.readback;
  if (how.kind !== 'url') return;
  const poller = new Poller(run, new HeldReader(how, run));
  const endMs = run.readyAtMs + plannedMs;
  while (Date.now() < endMs && !isInterrupted() && !poller.isLost) {
    const { tookMs } = poller.poll(() => 'loading');
    sleep(Math.min(pauseMs(tookMs, 'under-load'), Math.max(0, endMs - Date.now())) / 1000);
  }
}
