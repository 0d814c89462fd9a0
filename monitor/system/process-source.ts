import type { ProcessSample } from '../../contract/journal/journal.ts';
import { PortableProcesses } from './portable-processes.ts';
import { readProcFile } from './proc-file.ts';
import { ProcessSampler } from './process-sampler.ts';
import { ProcessTree } from './process-tree.ts';
import type { SocketLook } from './sockets.ts';
import type { Standing } from './took-over.ts';
import type { UnknownEnd } from './unknown-ends.ts';

/** Gives the live processes of the server's trees, each from its root down; none if no root is left. */
export interface ProcessSource {
  rootPids: readonly number[];
  /** @param isMachineFull whether nobody had CPU to spare a moment ago: who waits for it is looked at then. */
  sample(nowMs: number, isMachineFull?: boolean): Promise<readonly ProcessSample[]>;
  /** Takes a look at who holds which connections: it tells workers from jobs. */
  note(look: SocketLook): void;
  /** Processes that ended as helpers and were workers, as is known by now; each once. */
  takeLateWorkers(nowMs: number): readonly UnknownEnd[];
  /** What a process outside the trees was in one of them. */
  standingOf(pid: number): Standing;
}

class ProcProcesses implements ProcessSource {
  readonly #tree: ProcessTree;
  readonly #sampler = new ProcessSampler();

  constructor(rootPids: readonly number[]) {
    this.#tree = new ProcessTree(rootPids);
  }

  get rootPids(): readonly number[] {
    return this.#tree.rootPids;
  }
  set rootPids(pids: readonly number[]) {
    this.#tree.rootPids = pids;
  }

  async sample(nowMs: number, isMachineFull = false): Promise<readonly ProcessSample[]> {
    return this.#sampler.sample(this.#tree.look(nowMs), nowMs, isMachineFull);
  }

  note(look: SocketLook): void {
    this.#tree.note(look);
    this.#sampler.note(look);
  }

  takeLateWorkers(nowMs: number): readonly UnknownEnd[] {
    return this.#tree.takeLateWorkers(nowMs);
  }

  standingOf(pid: number): Standing {
    return this.#tree.standingOf(pid);
  }
}

/** From /proc if there is one, else from ps and pidusage. */
export function processSource(rootPids: readonly number[]): ProcessSource {
  return readProcFile('/proc/self/stat') === null ? new PortableProcesses(rootPids) : new ProcProcesses(rootPids);
}
