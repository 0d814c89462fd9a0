import type { Restart } from '../../contract/journal/restart.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { RunClock } from '../../monitor/clock.ts';
import type { EmbeddedBackend } from './embedded-backend.ts';
import { Interrupted } from './interrupt.ts';

type Restartable = Pick<EmbeddedBackend, 'drain' | 'startAgain'>;

/** Sends SIGTERM to the embedded backend while load runs, and starts it again with its data when it has ended. */
export class RestartUnderLoad {
  readonly #target: Restartable;
  readonly #clock: RunClock;
  readonly #note: (changes: Omit<Restart, 'scenario'>) => void;
  readonly #timer: NodeJS.Timeout;
  /** Never rejects: what went wrong is thrown by settled(), when somebody listens. */
  #restart: Promise<{ readonly error: unknown } | null> | null = null;

  /** @param note is called when SIGTERM is sent and at each step after it. */
  constructor(
    target: Restartable,
    afterMs: number,
    clock: RunClock,
    note: (changes: Omit<Restart, 'scenario'>) => void,
  ) {
    this.#target = target;
    this.#clock = clock;
    this.#note = note;
    this.#timer = setTimeout(() => {
      this.#restart = this.#run().then(
        () => null,
        (error: unknown) => ({ error }),
      );
    }, afterMs);
  }

  /** The load has ended: what has not begun is not begun, what has is waited for. Throws what went wrong in it. */
  async settled(): Promise<void> {
    clearTimeout(this.#timer);
    const failed = (await this.#restart) ?? null;
    if (failed !== null) throw failed.error;
  }

  async #run(): Promise<void> {
    const asked = { askedAtUs: this.#clock.nowUs(), endedAtUs: null, exitCode: null, backAtUs: null };
    this.#note(asked);
    const exitCode = await this.#target.drain();
    const ended = { ...asked, endedAtUs: this.#clock.nowUs(), exitCode };
    this.#note(ended);
    try {
      await this.#target.startAgain();
    } catch (error) {
      // That it did not come back is a finding: the manifest has no time for it, and the run goes on to its report.
      if (!(error instanceof ExpectedError || error instanceof Interrupted)) throw error;
      return;
    }
    this.#note({ ...ended, backAtUs: this.#clock.nowUs() });
  }
}
