import type { ProcessSample } from '../../contract/journal/journal.ts';
import { PortableProcesses } from './portable-processes.ts';
import { readProcFile } from './proc-file.ts';
import { ProcessSampler } from './process-sampler.ts';
import { ProcessTree } from './process-tree.ts';

/** Gives the live processes of the server's tree, the root first; none if the root has exited. */
export interface ProcessSource {
  rootPid: number;
  sample(nowMs: number): Promise<readonly ProcessSample[]>;
}

class ProcProcesses implements ProcessSource {
  readonly #tree: ProcessTree;
  readonly #sampler = new ProcessSampler();

  constructor(rootPid: number) {
    this.#tree = new ProcessTree(rootPid);
  }

  get rootPid(): number {
    return this.#tree.rootPid;
  }
  set rootPid(pid: number) {
    this.#tree.rootPid = pid;
  }

  async sample(nowMs: number): Promise<readonly ProcessSample[]> {
    return this.#sampler.sample(this.#tree.look(nowMs), nowMs);
  }
}

/** From /proc if there is one, else from ps and pidusage. */
export function processSource(rootPid: number): ProcessSource {
  return readProcFile('/proc/self/stat') === null ? new PortableProcesses(rootPid) : new ProcProcesses(rootPid);
}
