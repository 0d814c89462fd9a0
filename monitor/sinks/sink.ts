import type {
  AlertLine,
  LogTroubleLine,
  MetricsLine,
  ServerIdentityLine,
  ServerSampleLine,
  StoreLine,
} from '../../contract/journal/journal.ts';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';

/** Something that the monitor tells what it sees, as it sees it: the journal, monitor.log, the terminal. */
export interface Sink {
  /** Of the file that it writes; null if it writes none. */
  readonly path: string | null;
  start(identity: ServerIdentityLine): void;
  /** More is known of what is watched: the whole identity anew, and what is new in it, as lines. */
  watch(identity: ServerIdentityLine, lines: readonly string[]): void;
  sample(sample: ServerSampleLine): void;
  alert(alert: AlertLine): void;
  /** What a store said, or what the server's log says of one. */
  store(line: StoreLine | LogTroubleLine): void;
  /** What the target's metrics page said. */
  metrics(line: MetricsLine): void;
  /** Nothing follows. */
  end(samples: number, alerts: number): void;
}

/**
 * Tells several sinks. One that the system refuses (no space left, read-only, gone) is told once to `onFailure` and left out from
 * then on; what it has written stays. The others go on.
 */
export class Sinks implements Sink {
  readonly path = null;
  readonly #onFailure: (sink: Sink, error: Error) => void;
  #working: readonly Sink[];
  #failed = 0;

  constructor(sinks: readonly Sink[], onFailure: (sink: Sink, error: Error) => void) {
    this.#working = sinks;
    this.#onFailure = onFailure;
  }

  /** How many sinks failed. */
  get failed(): number {
    return this.#failed;
  }

  start(identity: ServerIdentityLine): void {
    this.#tell((sink) => sink.start(identity));
  }

  watch(identity: ServerIdentityLine, lines: readonly string[]): void {
    this.#tell((sink) => sink.watch(identity, lines));
  }

  sample(sample: ServerSampleLine): void {
    this.#tell((sink) => sink.sample(sample));
  }

  alert(alert: AlertLine): void {
    this.#tell((sink) => sink.alert(alert));
  }

  store(line: StoreLine | LogTroubleLine): void {
    this.#tell((sink) => sink.store(line));
  }

  metrics(line: MetricsLine): void {
    this.#tell((sink) => sink.metrics(line));
  }

  end(samples: number, alerts: number): void {
    this.#tell((sink) => sink.end(samples, alerts));
  }

  #tell(say: (sink: Sink) => void): void {
    this.#working = this.#working.filter((sink) => {
      try {
        say(sink);
        return true;
      } catch (error) {
        // Only what the system refuses: a bug of ours keeps its stack.
        if (!isSystemError(error)) throw error;
        this.#failed += 1;
        this.#onFailure(sink, error);
        return false;
      }
    });
  }
}
