import { randomUUID } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Obstacle } from '../../contract/journal/request-failures.ts';
import type { ServerExec } from '../../contract/journal/server-exec.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { RunClock } from '../../monitor/clock.ts';
import { signalName } from '../../monitor/signal-name.ts';
import { namedProcess } from '../../monitor/system/label-of-process.ts';
import { portsOf } from '../../monitor/system/sockets.ts';
import { Child, type ChildExit, exitInWords } from '../processes/child.ts';
import { readbackEnvironment } from '../processes/child-environment.ts';
import { Descendants, stubbornInWords } from '../processes/descendants.ts';
import { type CheckedServer, checkHost, firstAnswering, unusable, urlSetting } from './host-check.ts';
import { endsByMs, type Interrupt, Interrupted } from './interrupt.ts';
import type { RunSettings } from './settings.ts';

/** How long between two looks whether it answers. */
const lookMs = 200;
/** How often it is seen what it has started. */
const treeMs = 1_000;
/** How long it may take to end when it is told to, and then what is left of what it has started. */
const endTimeoutMs = 15_000;
/** Of its output, so much is shown where it does not start. */
const shownLines = 12;

export interface Launch {
  readonly command: string;
  readonly baseUrl: string;
  readonly startWithinMs: number;
  readonly clock: RunClock;
  readonly interrupt: Interrupt;
  /** Hides secrets in what the server says. */
  redact(text: string): string;
  /** Shows people a line. */
  say(text: string): void;
  /** Is told each change of what run.json says of it. */
  note(exec: ServerExec): void;
}

/** A command of one program, which takes the shell's place, so that signals and exit codes are its own. */
function asOneProgram(command: string): string | null {
  if (/[;&|<>(){}\n`]|^\s*(?:cd|exec|export|source|\.|if|for|while|trap|set|ulimit)\s/.test(command)) return null;
  const [, variables = '', program = ''] = /^\s*((?:\w+=[^\s"'$\\]*\s+)*)(.*)$/s.exec(command) ?? [];
  return /^\w+=/.test(program) ? null : `${variables}exec ${program}`;
}

/** The signal that a shell reports as 128 and its number. */
function exitOf({ code, signal }: ChildExit): ChildExit {
  if (code === null || code <= 128) return { code, signal };
  const name = signalName(code - 128);
  return name === undefined ? { code, signal } : { code: null, signal: name as NodeJS.Signals };
}

/** @param left what the command has started, and left behind. */
function endedInWords(exit: ChildExit, left: readonly number[]): string {
  const how = `--exec: the command ended with ${exitInWords(exit)} before its server answered.`;
  if (exit.code !== 0) return how;
  const names = left.map(namedProcess);
  const daemon = names.length === 0 ? '' : ` It left ${names.join(', ')} behind; the run ends what it started.`;
  return `${how}${daemon} Start the server in the foreground: leave out options such as --daemon and -D.`;
}

function elsewhere(pids: readonly number[]): string {
  const ports = portsOf(pids);
  return ports.length === 0 ? '' : `; what was started listens on port ${ports.join(', ')}`;
}

/** A server that the run starts by a command of the user's, and ends. Its output stays in a file that nobody else may read. */
export class StartedServer {
  readonly logFile: string;
  readonly #folder: string;
  readonly #launch: Launch;
  readonly #child: Child;
  readonly #descendants: Descendants;
  readonly #looks: NodeJS.Timeout;
  readonly #isOneProgram: boolean;
  #exec: ServerExec;

  private constructor(launch: Launch, env: RunSettings['environment']['all']) {
    this.#launch = launch;
    this.#folder = mkdtempSync(join(tmpdir(), 'webhook-stress-'));
    this.logFile = join(this.#folder, 'server.log');
    const one = asOneProgram(launch.command);
    const mark = { name: 'WEBHOOK_STRESS_EXEC', value: randomUUID() };
    this.#isOneProgram = one !== null;
    const log = openSync(this.logFile, 'a', 0o600);
    this.#child = new Child({
      command: '/bin/sh',
      args: ['-c', one ?? launch.command],
      env: { ...readbackEnvironment(env, [launch.command]), [mark.name]: mark.value },
      stdout: log,
      stderr: log,
      stopSignal: 'SIGTERM',
    });
    closeSync(log);
    this.#descendants = new Descendants(this.#child.pid, mark);
    this.#looks = setInterval(() => this.#descendants.look(), treeMs).unref();
    const none = { readyAtUs: null, endedAtUs: null, exitCode: null, signal: null };
    this.#exec = { pid: this.#child.pid, startedAtUs: launch.clock.nowUs(), wasAsked: false, ...none };
    this.#change({});
    void this.#child.ended.then((exit) => {
      const { code, signal } = exitOf(exit);
      this.#change({ endedAtUs: launch.clock.nowUs(), exitCode: code, signal });
    });
  }

  /** Starts it and waits until it answers. Throws an ExpectedError if it does not, and Interrupted. */
  static async start(
    launch: Launch,
    settings: RunSettings,
  ): Promise<{ started: StartedServer; server: CheckedServer }> {
    const { baseUrl, interrupt } = launch;
    const { trust, all } = settings.environment;
    const addresses = await checkHost(baseUrl, settings.allowHosts, urlSetting(settings.environment));
    if ((await firstAnswering(baseUrl, addresses, trust)).address !== null) {
      throw new ExpectedError(`--exec: something answers at ${baseUrl} already`, {
        remedy: 'stop it, or leave --exec out',
      });
    }
    if (interrupt.requested) throw new Interrupted();
    const started = new StartedServer(launch, all);
    try {
      const { address, remark } = await started.#answering(() => firstAnswering(baseUrl, addresses, trust));
      started.#change({ readyAtUs: launch.clock.nowUs() });
      const hostIsAllowed = settings.allowHosts.includes(new URL(baseUrl).hostname);
      return { started, server: { baseUrl, address, hostIsAllowed, remark } };
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  isAlive(): boolean {
    return this.#child.isAlive();
  }

  /** Asks it to end, ends it at once after some seconds, and removes its output. */
  async stop(): Promise<void> {
    const { interrupt, say } = this.#launch;
    clearInterval(this.#looks);
    this.#descendants.look();
    if (this.#child.isAlive()) this.#change({ wasAsked: true });
    // A shell hands no signal on: then all that it has started gets it.
    if (!this.#isOneProgram) this.#child.signalGroup('SIGTERM');
    const ended = this.#child.end('SIGTERM', endTimeoutMs).then(() => this.#descendants.end(endTimeoutMs));
    const kill = (): void => {
      this.#child.kill();
      this.#descendants.kill();
    };
    const killed = stubbornInWords(
      await interrupt.during(ended, { end: () => {}, kill, byMs: endsByMs.backend }),
      endTimeoutMs,
    );
    if (killed !== null) say(killed);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #change(changes: Partial<ServerExec>): void {
    this.#exec = { ...this.#exec, ...changes };
    this.#launch.note(this.#exec);
  }

  async #answering(
    ask: () => Promise<{
      readonly address: string | null;
      readonly obstacle: Obstacle | null;
      readonly remark: string | null;
    }>,
  ): Promise<{ readonly address: string; readonly remark: string | null }> {
    const { interrupt, startWithinMs, baseUrl } = this.#launch;
    const untilMs = performance.now() + startWithinMs;
    for (;;) {
      if (interrupt.requested) throw new Interrupted();
      this.#descendants.look();
      if (!this.isAlive()) {
        const exit = exitOf(await this.#child.ended);
        throw new ExpectedError(`${endedInWords(exit, this.#descendants.living())}${this.#output()}`);
      }
      const { address, obstacle, remark } = await ask();
      if (address !== null) return { address, remark };
      if (obstacle !== null) throw unusable(`--exec: ${baseUrl}`, obstacle);
      if (performance.now() > untilMs) {
        throw new ExpectedError(
          `--exec: nothing answers at ${baseUrl} after ${startWithinMs / 1000} s (--start-within)${elsewhere(this.#descendants.living())}.${this.#output()}`,
        );
      }
      await Promise.race([interrupt.sleep(lookMs), this.#child.ended.then(() => sleep(0))]);
    }
  }

  /** The end of what it said, to be shown below a sentence. */
  #output(): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-shownLines);
    const text = this.#launch.redact(lines.join('\n    '));
    return text.trim() === '' ? ' It said nothing.' : ` It said:\n    ${text}`;
  }
}
