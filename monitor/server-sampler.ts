import type { ServerSampleLine } from '../contract/journal/journal.ts';
import type { RunClock } from './clock.ts';
import type { ProbeResults, Probes } from './probes/probes.ts';
import { costlyLookMs, isDue } from './schedule.ts';
import { oomKills } from './system/cgroup.ts';
import { rootOnPort, type ServerAddress } from './system/find-server.ts';
import { MachineCpu } from './system/machine-cpu.ts';
import { type ProcessSource, processSource } from './system/process-source.ts';
import { countSockets } from './system/sockets.ts';

const noProbes: ProbeResults = { health: null, redis: null, database: null };

/** One sample of the server after another: its processes, sockets, probes and the machine. */
export class ServerSampler {
  readonly #clock: RunClock;
  readonly #address: ServerAddress;
  readonly #source: ProcessSource;
  readonly #probes: Probes | null;
  readonly #machine = new MachineCpu();
  #slow: Pick<ServerSampleLine, 'sockets' | 'oomKills'> = { sockets: null, oomKills: null };
  #lastSlowMs = Number.NEGATIVE_INFINITY;

  constructor(clock: RunClock, address: ServerAddress, rootPid: number, probes: Probes | null) {
    this.#clock = clock;
    this.#address = address;
    this.#source = processSource(rootPid);
    this.#probes = probes;
  }

  async sample(): Promise<ServerSampleLine> {
    const nowMs = performance.now();
    const processes = await this.#source.sample(nowMs);
    const pids = processes.map(({ pid }) => pid);
    if (isDue(nowMs - this.#lastSlowMs, costlyLookMs(pids.length))) {
      this.#lastSlowMs = nowMs;
      const kills = pids[0] === undefined ? this.#slow.oomKills : oomKills(pids[0]);
      this.#slow = { sockets: countSockets(pids), oomKills: kills };
    }
    // A server that was started again on its port is watched again, and its new processes are new lines.
    if (processes.length === 0 && this.#address.by === 'port') {
      this.#source.rootPid = rootOnPort(this.#address.port) ?? this.#source.rootPid;
    }
    return {
      atUs: this.#clock.nowUs(),
      processes,
      ...this.#slow,
      machineCpuPercent: this.#machine.read(nowMs),
      ...(this.#probes?.results(nowMs) ?? noProbes),
    };
  }
}
