import { sleep } from 'k6';
import { Drain, type DrainState, type Outstanding, type Poll, pauseMs } from '../../contract/journal/drain.ts';
import type { ByUrl } from '../../contract/request/readback-page.ts';
import { recordPoll } from '../recorded-readback.ts';
import type { RunData } from '../run-data.ts';
import { isInterrupted } from '../webhook-client.ts';
import { askedWebhooks } from './read-webhook.ts';

/** After an interrupt a few polls tell what there is; nobody waits for a backlog. */
const maxInterruptedPolls = 3;

/** How a poll reads. */
export interface Reader<R> {
  /** A poll begins. */
  begin(): void;
  /** What is read of one webhook; null if an answer was not understood. */
  read(index: number): R | null;
  /** This run's effects in what was read, and which of those that were promised are not. */
  seenIn(reads: readonly (R | null)[]): { readonly effects: number; readonly outstanding: Outstanding | null };
  /** The poll is in the journal. */
  recorded(): void;
}

/** The read-back of all webhooks of a scenario, again and again. */
export class Poller<R> {
  /** Of each webhook that is asked; null where the last answer was not understood. */
  reads: readonly (R | null)[] = [];
  /** Webhooks of which two answers in a row were not understood: they are not asked again. */
  private readonly givenUp = new Set<number>();

  constructor(
    private readonly run: RunData,
    private readonly reader: Reader<R>,
  ) {}

  get isLost(): boolean {
    return this.givenUp.size === askedWebhooks(this.run).length;
  }

  /** Reads once. `judge` says where read-back stands then. */
  poll(judge: (seen: Poll) => DrainState): { readonly state: DrainState; readonly tookMs: number } {
    const { run, reader } = this;
    const startedMs = Date.now();
    const before = this.reads;
    reader.begin();
    this.reads = askedWebhooks(run).map((index, place) => {
      const read = this.givenUp.has(index) ? null : reader.read(index);
      if (read === null && before[place] === null) this.givenUp.add(index);
      return read;
    });
    const atMs = Date.now();
    const { effects, outstanding } = reader.seenIn(this.reads);
    const state = judge({ atMs, effects, outstanding });
    const tookMs = Math.max(0, atMs - startedMs);
    recordPoll(effects, { tookMs, missing: outstanding?.missing ?? null, state });
    reader.recorded();
    return { state, tookMs };
  }

  /** Polls until nothing is missing, or nothing new comes. */
  untilDrained(how: ByUrl): DrainState {
    const { isShared, elsewhere, endsSoon } = this.run;
    const drain = new Drain(how, { isBlind: isShared && elsewhere === undefined });
    for (let polled = 1; ; polled += 1) {
      const { state, tookMs } = this.poll((seen) => {
        const next = drain.after(seen);
        return next === 'reading' && this.isLost ? 'failed' : next;
      });
      if (state !== 'reading' || ((endsSoon === true || isInterrupted()) && polled >= maxInterruptedPolls))
        return state;
      sleep(pauseMs(tookMs, 'after-load') / 1000);
    }
  }
}
