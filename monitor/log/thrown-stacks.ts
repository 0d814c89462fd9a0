/** A stack trace that stands last in a log, as the log has it. */
interface Thrown {
  readonly lines: readonly string[];
  /** The error's line without its numbers: a handled one comes again. */
  readonly kind: string;
  readonly look: number;
}

const frameNeedle = '\n    at ';
const isFrame = (line: string): boolean => /^\s+at /.test(line);
const maxLines = 80;
/** The message of an error may have several lines. */
const maxMessageLines = 10;
const maxKept = 4;
const maxHandled = 200;

/** `TypeError: …`, `Error`, `AssertionError [ERR_ASSERTION]: …`: at the line's start, for PM2 writes no time before it. */
const error = /^(?:[A-Za-z_$][\w$.]*)?(?:Error|Exception)(?: \[[A-Z_\d]+\])?(?::|$)/;
/** What PM2 writes above the stack of a promise that nobody caught: it ends no worker. Source: pm2, lib/ProcessContainer.js. */
const rejection = 'You have triggered an unhandledRejection';

/**
 * Stacks that stand last in the logs of PM2's workers. What threw an exception that nobody caught writes its stack and ends: the last look
 * at its log shows that. A handled error has its stack there, too, and those that came while nobody ended are no cause.
 */
export class ThrownStacks {
  readonly #last = new Map<string, Thrown>();
  readonly #handled = new Set<string>();
  #look = 0;

  /** Begins a look at all logs. */
  look(): void {
    this.#look += 1;
    for (const [path, thrown] of this.#last) {
      if (this.#isFresh(thrown)) continue;
      this.#last.delete(path);
      if (this.#handled.size < maxHandled) this.#handled.add(thrown.kind);
    }
  }

  /** Takes what is new in a log, in whole lines. */
  read(path: string, text: string): void {
    if (text.lastIndexOf(frameNeedle) === -1) return;
    const thrown = this.#lastOf(text);
    const before = this.#last.get(path);
    if (thrown === null) return;
    if (before !== undefined && before.look < this.#look && this.#handled.size < maxHandled)
      this.#handled.add(before.kind);
    this.#last.set(path, thrown);
  }

  /** The lines of the stack that a process wrote right before it ended, which had its errors in this log; null if it wrote none. */
  endOf(path: string): readonly string[] | null {
    const thrown = this.#last.get(path);
    return thrown === undefined || this.#handled.has(thrown.kind) ? null : thrown.lines;
  }

  /** What ended processes was not handled. */
  forget(paths: readonly string[]): void {
    for (const path of paths) this.#last.delete(path);
  }

  /** The end of a process shows in the samples at this look or at the next one. */
  #isFresh({ look }: Thrown): boolean {
    return look >= this.#look - 1;
  }

  #lastOf(text: string): Thrown | null {
    const lines = text.trimEnd().split('\n').slice(-maxLines);
    let at = lines.length;
    while (at > 0 && isFrame(lines[at - 1] ?? '')) at -= 1;
    if (at === lines.length) return null;
    for (let head = at - 1; head >= Math.max(0, at - maxMessageLines); head -= 1) {
      const line = lines[head] ?? '';
      if (isFrame(line)) return null;
      if (!error.test(line)) continue;
      if (lines[head - 1]?.startsWith(rejection) === true) return null;
      return { lines: lines.slice(head, at + maxKept), kind: line.replaceAll(/\d+/g, ''), look: this.#look };
    }
    return null;
  }
}
