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
  /** Null where it is not known what was promised. */
  readonly outstanding: Outstanding | null;
}

/** Promised effects that a poll did not see. */
export interface Outstanding {
  readonly missing: number;
  /** How many of them nothing has overtaken: no signal that was sent after their answer was processed. */
  readonly waiting: number;
}

/** What is waited for. `settleMs` null: as long as most workers pause. */
export interface Patience {
  readonly settleMs: number | null;
  readonly limitMs: number;
}

/** Signals that others have overtaken: several polls of most workers. */
const overtakenMs = 20_000;
/** The last signals, where nothing was processed since: a worker may come once a minute. */
export const standstillMs = 65_000;

/**
 * Decides, poll by poll after the load, whether read-back goes on: many targets answer at once and process later. A signal is
 * missing for good only when the backlog stopped shrinking and the settle time has passed since.
 *
 *     missing   9 9 9 9 9 0 0      a poller that empties its queue every 5 s: complete
 *     missing   9 8 7 6 5 4 4 …    six times and no more: settled, the 4 are lost
 *     missing   9 8 7 6 5 4 3 …    at the time limit: undrained, nothing is lost yet
 *
 * If nothing has overtaken the missing ones, no worker came at all: that is given more time than a few that were passed over.
 */
export class Drain {
  private readonly patience: Patience;
  private readonly isBlind: boolean;
  private first: Poll | null = null;
  private last: Poll | null = null;
  /** When something came last, or was first looked for. */
  private cameMs = 0;

  /** @param isBlind others were promised effects, too, and nobody here knows which: only the settle time tells that all came. */
  constructor(patience: Patience, { isBlind = false }: { readonly isBlind?: boolean } = {}) {
    this.patience = patience;
    this.isBlind = isBlind;
  }

  after(poll: Poll): DrainState {
    const before = this.last;
    this.last = poll;
    this.first ??= poll;
    const { missing, waiting } = poll.outstanding ?? { missing: 0, waiting: 0 };
    const isNew = before === null || before.effects !== poll.effects || missing < (before.outstanding?.missing ?? 0);
    if (isNew) this.cameMs = poll.atMs;
    const isMissing = missing > 0 || this.isBlind;
    if (!isMissing && !isNew) return 'complete';
    const settleMs = this.patience.settleMs ?? (waiting > 0 ? standstillMs : overtakenMs);
    if (isMissing && poll.atMs - this.cameMs >= settleMs) return 'settled';
    return poll.atMs - this.first.atMs >= this.patience.limitMs ? 'undrained' : 'reading';
  }
}

/** From one poll to the next, after one that took so long. While load runs, polls take a tenth of the time at most. */
export function pauseMs(tookMs: number, when: 'under-load' | 'after-load'): number {
  return Math.max(1_000, when === 'under-load' ? 9 * tookMs : tookMs);
}
