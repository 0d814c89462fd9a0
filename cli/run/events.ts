import type { RunEvent } from '../../contract/report/events.ts';

type WithoutTime<E> = E extends RunEvent ? Omit<E, 'time'> : never;

/** What a run tells programs: one event a line on standard output, with --json; else nothing. */
export class Events {
  readonly #write: ((text: string) => unknown) | null;

  /** @param write null: nobody asked for events. */
  constructor(write: ((text: string) => unknown) | null) {
    this.#write = write;
  }

  get isWanted(): boolean {
    return this.#write !== null;
  }

  /** @param at when it happened: now, unless it is known better. */
  tell(event: WithoutTime<RunEvent>, at = new Date()): void {
    // The name first and the time second, for people who read along.
    const { event: name, ...rest } = event;
    this.#write?.(`${JSON.stringify({ event: name, time: at.toISOString(), ...rest })}\n`);
  }
}
