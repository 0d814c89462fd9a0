/**
 * Where read-back stands after a poll. `loading`: the load still runs. `reading`: it goes on. `complete`: nothing is missing, and
 * nothing new came. `settled`: something is missing, and nothing came for the settle time. `undrained`: something was missing and
 * still came at the time limit. `failed`: no poll was understood.
 */
export const drainStates = ['loading', 'reading', 'complete', 'settled', 'undrained', 'failed'] as const;
export type DrainState = (typeof drainStates)[number];

/** What a poll saw. */
export interface Poll {
  readonly atMs: number;
  /** This run's effects that were there. */
  readonly effects: number;
  /** Promised effects that were not; null where that is not known. */
  readonly missing: number | null;
}

/**
 * Decides, poll by poll after the load, whether read-back goes on: many targets answer at once and process later. A signal is
 * missing for good only when the backlog stopped shrinking and the settle time has passed since.
 *
 *     missing   9 9 9 9 9 0 0      a poller that empties its queue every 5 s: complete
 *     missing   9 8 7 6 5 4 4 …    six times and no more: settled, the 4 are lost
 *     missing   9 8 7 6 5 4 3 …    at the time limit: undrained, nothing is lost yet
 */
export class Drain {
  private readonly settleMs: number;
  private readonly limitMs: number;
  private first: Poll | null = null;
  private last: Poll | null = null;
  /** When something came last, or was first looked for. */
  private cameMs = 0;

  constructor({ settleMs, limitMs }: { readonly settleMs: number; readonly limitMs: number }) {
    this.settleMs = settleMs;
    this.limitMs = limitMs;
  }

  after(poll: Poll): DrainState {
    const before = this.last;
    this.last = poll;
    this.first ??= poll;
    const isNew = before === null || before.effects !== poll.effects || (poll.missing ?? 0) < (before.missing ?? 0);
    if (isNew) this.cameMs = poll.atMs;
    const isMissing = poll.missing !== null && poll.missing > 0;
    if (!isMissing && !isNew) return 'complete';
    if (isMissing && poll.atMs - this.cameMs >= this.settleMs) return 'settled';
    return poll.atMs - this.first.atMs >= this.limitMs ? 'undrained' : 'reading';
  }
}

/** From one poll to the next, after one that took so long. While load runs, polls take a tenth of the time at most. */
export function pauseMs(tookMs: number, when: 'under-load' | 'after-load'): number {
  return Math.max(1_000, when === 'under-load' ? 9 * tookMs : tookMs);
}
