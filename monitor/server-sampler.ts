import { isFullAt } from '../contract/journal/full-machine.ts';
import type { ServerSampleLine } from '../contract/journal/journal.ts';
import type { RunClock } from './clock.ts';
import { noProbes, type Probes } from './probes/probes.ts';
import { CostlyLooks } from './schedule.ts';
import type { ServerAddress } from './system/find-server.ts';
import type { LaterLook } from './system/later-servers.ts';
import { MachineCpu } from './system/machine-cpu.ts';
import { OomLooks } from './system/oom-looks.ts';
import { type ProcessSource, processSource } from './system/process-source.ts';
import { RootWatch } from './system/root-watch.ts';
import { lookAtSockets } from './system/sockets.ts';
import type { UnknownEnd } from './system/unknown-ends.ts';
import { Upstreams } from './system/upstreams.ts';

/** One sample of the server after another: its processes, sockets, probes and the machine. */
export class ServerSampler {
  readonly #clock: RunClock;
  readonly #source: ProcessSource;
  readonly #roots: RootWatch;
  readonly #upstreams: Upstreams | null;
  #rootsTaken: readonly number[];
  readonly #probes: Probes | null;
  readonly #machine = new MachineCpu();
  readonly #oomKills = new OomLooks();
  #sockets: ServerSampleLine['sockets'] = null;
  /** Connections tell which processes are workers: that must not come late. */
  readonly #slowLooks = new CostlyLooks(5000);

  constructor(clock: RunClock, address: ServerAddress, roots: readonly number[], probes: Probes | null) {
    this.#clock = clock;
    this.#source = processSource(roots);
    this.#rootsTaken = roots;
    this.#roots = new RootWatch(address, this.#source);
    this.#upstreams = address.by === 'port' ? new Upstreams() : null;
    this.#probes = probes;
  }

  async sample(): Promise<ServerSampleLine> {
    const nowMs = performance.now();
    const machine = this.#machine.read(nowMs);
    const isFull = isFullAt(machine.machineCpuPercent);
    let processes = await this.#source.sample(nowMs, isFull);
    // A master that took over from the one that started it was below that one a moment ago, and must not be missed for a sample.
    if (
      this.#roots.look(
        processes.map(({ pid }) => pid),
        nowMs,
      )
    )
      processes = await this.#source.sample(nowMs, isFull);
    const pids = processes.map(({ pid }) => pid);
    const roots = this.#roots.alive(pids);
    if (this.#slowLooks.isDue(nowMs, pids.length)) this.#slowLooks.take(nowMs, () => this.lookSlowly(roots, pids));
    return {
      atUs: this.#clock.nowUs(),
      processes,
      sockets: this.#sockets,
      oomKills: this.#oomKills.kills(roots, pids, nowMs),
      ...machine,
      ...(this.#probes?.results(nowMs) ?? noProbes),
    };
  }

  /** The roots that are watched from now on, if others were before; else null. */
  takeRoots(): readonly number[] | null {
    const { rootPids } = this.#source;
    const areOthers = rootPids.join() !== this.#rootsTaken.join();
    this.#rootsTaken = rootPids;
    return areOthers ? rootPids : null;
  }

  /** What turned out to serve, or to be left out although it may serve; each once. */
  takeNews(): LaterLook | null {
    return this.#roots.takeNews() ?? this.#upstreams?.takeNews() ?? null;
  }

  /** Whether the kernel killed for want of memory, and whom it hit shows in no sample yet. */
  isAfterKill(): boolean {
    return this.#oomKills.isAfterKill();
  }

  /** There are no more samples. */
  stop(): void {
    this.#roots.stop();
  }

  /** Processes that ended as helpers and were workers, as is known by now; each once. */
  takeLateWorkers(): readonly UnknownEnd[] {
    return this.#source.takeLateWorkers(performance.now());
  }

  private lookSlowly(roots: readonly number[], pids: readonly number[]): void {
    const look = lookAtSockets(pids);
    if (look !== null) {
      this.#source.note(look);
      this.#upstreams?.note(look, { roots, pids });
    }
    this.#sockets = look?.counts ?? null;
  }
}
