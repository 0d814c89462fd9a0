import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RemoteMonitor } from '../../contract/journal/journal.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { RunClock } from '../../monitor/clock.ts';
import type { TlsTrust } from '../../monitor/probes/pinned-agent.ts';
import { checkHost } from './host-check.ts';
import type { Interrupt } from './interrupt.ts';
import type { ManifestFile } from './manifest-file.ts';
import { MonitorClient, MonitorRefusal, monitorRemedy } from './monitor-client.ts';
import { copyOfMonitor } from './monitor-copy.ts';
import type { ProgressLine } from './progress.ts';

/** Clocks drift evenly over such a time. */
const measureEveryMs = 30_000;
/** A sample after the load, at the usual interval of a second, shows what it left behind. */
const lastSampleMs = 1_200;
const copyTimeoutMs = 120_000;
/** After an interrupt everything has to end within 15 s. */
const interruptedCopyMs = 2_000;

interface Connected {
  readonly client: MonitorClient;
  readonly id: string;
  /** How long its file was when the run began. */
  readonly fromByte: number;
  noted: RemoteMonitor;
}

/** Of a run. */
interface Steps {
  readonly clock: RunClock;
  readonly manifest: ManifestFile;
  readonly interrupt: Interrupt;
  readonly folder: string;
  readonly line: Pick<ProgressLine, 'say' | 'warn'>;
}

export interface MonitorAccess {
  readonly allowHosts: readonly string[];
  readonly token: string;
  readonly trust: TlsTrust | null;
}

/** The monitors beside the servers (--monitor-url): what their clocks say before, during and after a run, and what they wrote. */
export class RemoteMonitors {
  #clients: readonly MonitorClient[];
  #connected: readonly Connected[] = [];
  #timer: NodeJS.Timeout | undefined;
  #measuring: Promise<unknown> = Promise.resolve();

  private constructor(clients: readonly MonitorClient[]) {
    this.#clients = clients;
  }

  /** Throws an ExpectedError if one of them does not answer, refuses the token, or lies where nobody allowed it. */
  static async find(urls: readonly string[], { allowHosts, token, trust }: MonitorAccess): Promise<RemoteMonitors> {
    const clients: MonitorClient[] = [];
    for (const url of urls) {
      const [address = null] = await checkHost(url, allowHosts, '--monitor-url');
      const client = new MonitorClient({ url, address, token, trust });
      try {
        await client.clock();
      } catch (error) {
        if (!(error instanceof MonitorRefusal)) throw error;
        throw new ExpectedError(`--monitor-url: ${url} ${error.message}; ${monitorRemedy}`);
      }
      clients.push(client);
    }
    return new RemoteMonitors(clients);
  }

  get ids(): readonly string[] {
    return this.#connected.map(({ id }) => id);
  }

  /** Measures all clocks, and notes the monitors in run.json. */
  async begin(session: Steps): Promise<void> {
    const connected: Connected[] = [];
    for (const client of this.#clients) {
      const { reading, said } = await client.measure(session.clock);
      const id = idOf(said.host, [localMonitor, ...connected.map((other) => other.id)]);
      const noted = { id, runId: said.runId, clock: [reading], problem: null };
      connected.push({ client, id, fromByte: said.journalBytes, noted });
      session.line.say(
        `monitor of ${said.host} at ${client.url}: its clock is ${ms(Math.abs(reading.aheadUs))} ${reading.aheadUs < 0 ? 'behind' : 'ahead'}, ±${ms(reading.uncertaintyUs)}`,
      );
    }
    this.#connected = connected;
    if (connected.length === 0) return;
    session.manifest.change({ monitors: [localMonitor, ...this.ids] });
    this.#note(session);
    this.#timer = setInterval(() => {
      this.#measuring = this.#measure(session);
    }, measureEveryMs).unref();
  }

  /** Nobody here watches anything: the monitors elsewhere are all there are. */
  standAlone({ manifest }: Pick<Steps, 'manifest'>): void {
    if (this.#connected.length > 0) manifest.change({ monitors: this.ids });
  }

  /** Measures once more, and copies what they wrote. */
  async end(session: Steps): Promise<void> {
    clearInterval(this.#timer);
    if (this.#connected.length === 0) return;
    await session.interrupt.sleep(lastSampleMs);
    await this.#measuring;
    await this.#measure(session);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), session.interrupt.requested ? interruptedCopyMs : copyTimeoutMs);
    session.interrupt.signal.addEventListener('abort', () => stop.abort(), { once: true });
    await Promise.all(this.#connected.map((monitor) => copy(session, monitor, stop.signal)));
    clearTimeout(timer);
    this.#note(session);
    for (const { client } of this.#connected) client.close();
  }

  /** One after the other: together they would wait for each other's answers. */
  async #measure({ clock }: Steps): Promise<void> {
    for (const monitor of this.#connected) {
      if (monitor.noted.problem !== null) continue;
      try {
        const { reading, said } = await monitor.client.measure(clock);
        if (said.runId === monitor.noted.runId) {
          monitor.noted = { ...monitor.noted, clock: [...monitor.noted.clock, reading] };
        } else monitor.noted = { ...monitor.noted, problem: 'the monitor was started anew during the run' };
      } catch (error) {
        // It may answer again. What is missing of its file is told when that is fetched.
        if (!(error instanceof MonitorRefusal)) throw error;
      }
    }
  }

  #note({ manifest }: Pick<Steps, 'manifest'>): void {
    manifest.change({ remoteMonitors: this.#connected.map(({ noted }) => noted) });
  }
}

async function copy({ folder, line }: Steps, monitor: Connected, stop: AbortSignal): Promise<void> {
  const path = join(folder, journalFiles.monitor(monitor.id));
  const copied = copyOfMonitor(monitor.client, { path, fromByte: monitor.fromByte, stop }).catch((error: unknown) => {
    if (error instanceof MonitorRefusal) return `its file could not be fetched: it ${error.message}`;
    if (isSystemError(error)) return `its copy could not be written (${refusalOf(error)})`;
    throw error;
  });
  const problem = await Promise.race([copied, stopped(stop)]);
  if (problem === null) return;
  monitor.noted = { ...monitor.noted, problem: monitor.noted.problem ?? problem };
  line.warn(`monitor ${monitor.id}: ${monitor.noted.problem}`);
}

async function stopped(stop: AbortSignal): Promise<string> {
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  await sleep(interruptedCopyMs);
  return 'fetching its file took too long';
}

const ms = (us: number): string => `${(us / 1000).toFixed(2)} ms`;

/** An id names a file. */
function idOf(host: string, taken: readonly string[]): string {
  const name = host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'monitor';
  let id = name;
  for (let n = 2; taken.includes(id); n += 1) id = `${name}-${n}`;
  return id;
}
