import { statfsSync } from 'node:fs';
import { openProcFile, readOpenLine, readProcLink } from './proc-file.ts';

/** Of statfs(2), for procfs. Where lxcfs puts a file of its own over this one, it lags behind. */
const procfs = 0x9fa0;

const path = '/proc/loadavg';

/** Reads the number that the kernel gave last to a process or thread; null where it does not tell, or tells of other pids than /proc has. */
function lastPidReader(): () => number | null {
  const file = readProcLink('/proc/self') === String(process.pid) ? openProcFile(path) : null;
  if (file === null || statfsSync(path).type !== procfs) return () => null;
  return () => {
    // As in `0.20 0.18 0.12 1/80 11206`. Source: proc(5).
    const last = Number(readOpenLine(file)?.trim().split(' ').at(-1));
    return last > 0 ? last : null;
  };
}

/** Tells whether processes may have started, without a look at all of them. */
export class NewPids {
  readonly #lastPid: () => number | null;
  #last: number | null = null;
  #wereNew = true;

  constructor(lastPid: () => number | null = lastPidReader()) {
    this.#lastPid = lastPid;
  }

  /** Whether some may have started since the last call. A process has its number a moment before it shows: the next call says so, too. */
  mayBeThere(): boolean {
    const last = this.#lastPid();
    const areNew = last === null || last !== this.#last;
    const mayBe = areNew || this.#wereNew;
    [this.#last, this.#wereNew] = [last, areNew];
    return mayBe;
  }
}
