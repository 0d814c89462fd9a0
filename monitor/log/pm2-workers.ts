import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { isPm2Daemon, pm2AppOf } from './pm2-logs.ts';
import { ThrownStacks } from './thrown-stacks.ts';

type Identity = Pick<ProcessSample, 'pid' | 'startTicks'>;

interface Worker extends Identity {
  readonly errorLog: string;
}

/** The error log of a process, if it is a worker of a cluster of PM2: in fork mode exit codes tell. */
function errorLogUnderPm2({ pid, parentPid }: ProcessSample): string | null {
  if (!isPm2Daemon(parentPid)) return null;
  const app = pm2AppOf(pid);
  return app?.isCluster === true ? app.errorLog : null;
}

/** An exception that a worker wrote last before it ended. */
export interface LastException extends Identity {
  readonly lines: readonly string[];
}

/** Which workers of PM2's clusters wrote the stack of an exception last: it lets them exit with code 0. */
export class Pm2Workers {
  readonly #stacks = new ThrownStacks();
  readonly #errorLogOf: typeof errorLogUnderPm2;
  #seen: ReadonlySet<string> = new Set();
  #alive = new Map<string, Worker>();
  #gone: readonly Worker[] = [];

  /** @param errorLogOf null for a process that is no such worker. */
  constructor(errorLogOf: typeof errorLogUnderPm2 = errorLogUnderPm2) {
    this.#errorLogOf = errorLogOf;
  }

  see(processes: readonly ProcessSample[]): void {
    const here = new Set(processes.map(processIdentity));
    this.#gone = [...this.#gone, ...[...this.#alive].flatMap(([key, worker]) => (here.has(key) ? [] : [worker]))];
    for (const key of this.#alive.keys()) if (!here.has(key)) this.#alive.delete(key);
    for (const process of processes) {
      const key = processIdentity(process);
      const errorLog = this.#seen.has(key) ? null : this.#errorLogOf(process);
      const { pid, startTicks } = process;
      if (errorLog !== null) this.#alive.set(key, { pid, startTicks, errorLog });
    }
    this.#seen = here;
  }

  /** Begins a look at the logs. */
  look(): void {
    this.#stacks.look();
  }

  read(path: string, text: string): void {
    if (this.#alive.size + this.#gone.length > 0) this.#stacks.read(path, text);
  }

  /** Ends a look: what those wrote last who ended since. */
  takeLast(): readonly LastException[] {
    const gone = this.#gone;
    this.#gone = [];
    const found = gone.flatMap(({ pid, startTicks, errorLog }) => {
      const lines = this.#stacks.endOf(errorLog);
      return lines === null ? [] : [{ pid, startTicks, lines }];
    });
    this.#stacks.forget(gone.map(({ errorLog }) => errorLog));
    return found;
  }
}
