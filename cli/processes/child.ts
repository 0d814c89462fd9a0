import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The one way to start and end a child process. Each is the leader of a process group of its own: a Ctrl-C in the terminal
 * reaches the runner alone, and a whole group can be ended.
 */

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Where a stream of the child goes: nowhere, into an open file, or chunk by chunk to a function. */
export type Sink = 'ignore' | number | ((chunk: Buffer) => void);

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** All that the child gets; see child-environment.ts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** What asks it to end gracefully, also when this process has exited. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
}

/** How long a stream may stay open after its process has ended: a grandchild may hold it. */
const streamsCloseMs = 1_000;
/** How long a child may take to end gracefully after this process has exited. */
const orphanSeconds = 10;

/**
 * Starts the command ($@) in place of this shell, beside a watcher that ends the group when this process has exited, however that
 * happened: then the pipe that the watcher reads closes. The watcher is nobody's child (two subshells), so that it does not
 * count among the processes of what it watches. $0 is the stop signal.
 */
const startWatched = `
( (
  read -r _ <&3
  kill -s "$0" $$
  n=0
  while [ $n -lt ${orphanSeconds} ] && kill -s 0 $$; do sleep 1; n=$((n + 1)); done
  kill -s KILL 0
) </dev/null >/dev/null 2>&1 & )
exec 3<&-
exec "$@"`;

/** The exit codes by which the shell says that the command could not be started. */
const notStartedCodes: readonly (number | null)[] = [126, 127];

const isWindows = process.platform === 'win32';

const living = new Set<Child>();

/** Ends every child of this process at once, with whatever it has started. */
export function killAllChildren(): void {
  for (const child of living) child.kill();
}

export class Child {
  readonly #process: ChildProcess;
  /** Resolves when it has ended and its output has arrived, or a second after its end; its whole group has ended by then. */
  readonly ended: Promise<ChildExit>;

  constructor({ command, args, env, stdout, stderr, stopSignal }: ChildOptions) {
    const stdio = [stdout, stderr].map((sink) => (typeof sink === 'function' ? 'pipe' : sink));
    // Windows has neither that shell nor groups of processes: a child there outlives a runner that is killed.
    this.#process = isWindows
      ? spawn(command, args, { env, stdio: ['ignore', ...stdio], windowsHide: true })
      : spawn('/bin/sh', ['-c', startWatched, stopSignal.slice(3), command, ...args], {
          detached: true,
          env,
          stdio: ['ignore', ...stdio, 'pipe'],
        });
    for (const [stream, sink] of [
      [this.#process.stdout, stdout],
      [this.#process.stderr, stderr],
    ] as const) {
      if (typeof sink === 'function') stream?.on('data', sink);
    }
    // A stream that breaks has told all that it will: what matters is how the process ends.
    for (const stream of this.#process.stdio) stream?.on('error', () => {});
    living.add(this);
    this.ended = this.#end();
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the process was not started');
    return this.#process.pid;
  }

  isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** To the process itself, not to its group. */
  signal(signal: NodeJS.Signals): void {
    if (this.isAlive()) this.#process.kill(signal);
  }

  /** To the process and all that it has started in its group. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.isAlive()) this.#toGroup(signal);
  }

  /** Ends the whole group at once. */
  kill(): void {
    this.#toGroup('SIGKILL');
  }

  #toGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      if (isWindows) this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // The group has ended already.
    }
  }

  /** Asks it to end with this signal, and ends its group after that time. */
  async end(signal: NodeJS.Signals, withinMs: number): Promise<ChildExit> {
    this.signal(signal);
    const timer = setTimeout(() => this.kill(), withinMs);
    const exit = await this.ended;
    clearTimeout(timer);
    return exit;
  }

  async #end(): Promise<ChildExit> {
    const child = this.#process;
    const exit = await new Promise<ChildExit>((resolve) => {
      child.once('error', () => resolve({ code: 127, signal: null }));
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // 'close' would wait for the watcher's pipe, too: only the streams that carry output are waited for.
    const outputs = [child.stdout, child.stderr].map(
      (stream) => stream === null || stream.closed || new Promise((resolve) => stream.once('close', resolve)),
    );
    const waiting = new AbortController();
    await Promise.race([
      Promise.all(outputs),
      sleep(streamsCloseMs, undefined, { signal: waiting.signal }).catch(() => {}),
    ]);
    waiting.abort();
    this.kill();
    for (const stream of child.stdio) stream?.destroy();
    living.delete(this);
    return exit;
  }
}

/** Whether the command could not be started at all: it does not exist, or is no program. */
export function wasNotStarted({ code }: ChildExit): boolean {
  return notStartedCodes.includes(code);
}

/** How it ended, for people: `SIGKILL`, `exit code 7`. */
export function exitInWords({ code, signal }: ChildExit): string {
  return signal ?? `exit code ${code}`;
}
