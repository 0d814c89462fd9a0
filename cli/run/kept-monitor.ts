import { type Child, type ChildExit, exitInWords } from '../processes/child.ts';
import type { Session } from './session.ts';

/** What ended it so often ends it once more. */
const maxRestarts = 5;
const restartAfterMs = 500;

/** The monitor of a run, which is started again if it dies: hours of a soak would else be unwatched. */
export class KeptMonitor {
  private child: Child;
  private readonly startAgain: () => Promise<Child>;
  private readonly session: Pick<Session, 'line' | 'interrupt'>;
  private restarts = 0;
  private isEnding = false;
  private restarting: Promise<void> = Promise.resolve();

  /** @param startAgain starts one that goes on in the journal of the one before. */
  constructor(first: Child, startAgain: () => Promise<Child>, session: Pick<Session, 'line' | 'interrupt'>) {
    this.child = first;
    this.startAgain = startAgain;
    this.session = session;
    this.keep();
  }

  /** Asks it to end with this signal, and ends it after that time. */
  async end(signal: NodeJS.Signals, withinMs: number): Promise<ChildExit> {
    this.isEnding = true;
    await this.restarting;
    return this.child.end(signal, withinMs);
  }

  kill(): void {
    this.isEnding = true;
    this.child.kill();
  }

  private keep(): void {
    void this.child.ended.then((exit) => {
      if (!this.isEnding) this.restarting = this.restart(exit);
    });
  }

  private async restart(exit: ChildExit): Promise<void> {
    const { line, interrupt } = this.session;
    if (interrupt.requested) return;
    const how = `The monitor ended with ${exitInWords(exit)}`;
    if (this.restarts === maxRestarts) {
      line.warn(`${how} once more, and is not started again: what follows is unwatched.`);
      return;
    }
    this.restarts += 1;
    line.warn(`${how} and is started again: what nobody watches meanwhile is inconclusive.`);
    await interrupt.sleep(restartAfterMs);
    if (this.isEnding || interrupt.requested) return;
    this.child = await this.startAgain();
    this.keep();
  }
}
