import { sanitize } from '../../render/sanitize.ts';
import { fit } from '../terminal/fit.ts';

/** What a terminal is to this program. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Only what is wrong is said. */
  readonly isQuiet?: boolean;
  /** False: nothing is kept up to date, although it is a terminal. */
  readonly isLive?: boolean;
}

const plainEveryMs = 10_000;
const narrowest = 20;

/** Progress on the terminal: a few lines kept up to date, or in a pipe a plain line every ten seconds. */
export class ProgressLine {
  private readonly screen: Screen;
  private readonly isQuiet: boolean;
  /** Whether lines are kept up to date. */
  readonly isLive: boolean;
  private lastPlainMs = Date.now();
  /** Lines that stand below what stays. */
  private shown = 0;

  constructor(screen: Screen, { isQuiet = false, isLive = true }: ProgressOptions = {}) {
    this.screen = screen;
    this.isQuiet = isQuiet;
    this.isLive = isLive && screen.isTTY === true && !isQuiet;
  }

  /** Replaces what was shown last. In a pipe only the first line is written, and seldom. */
  show(...lines: readonly string[]): void {
    if (this.isLive) {
      // A line that fills the terminal would wrap, and one that wraps cannot be replaced.
      const columns = Math.max(narrowest, this.screen.columns ?? 80) - 1;
      this.screen.write(`${this.erase()}${lines.map((line) => fit(line, columns)).join('\n')}`);
      this.shown = lines.length;
    } else if (!this.isQuiet && this.screen.isTTY !== true && Date.now() - this.lastPlainMs >= plainEveryMs) {
      this.lastPlainMs = Date.now();
      this.screen.write(`${sanitize(lines[0] ?? '')}\n`);
    }
  }

  /** A line that stays. */
  say(text: string): void {
    if (!this.isQuiet) this.warn(text);
  }

  /** The same of what is wrong, which --quiet does not hide. */
  warn(text: string): void {
    this.screen.write(`${this.erase()}${text.split('\n').map(sanitize).join('\n')}\n`);
  }

  /** Takes back what is shown. */
  clear(): void {
    this.screen.write(this.erase());
  }

  private erase(): string {
    const { shown } = this;
    this.shown = 0;
    return shown === 0 ? '' : `\r${shown > 1 ? `\u001b[${shown - 1}A` : ''}\u001b[J`;
  }
}
