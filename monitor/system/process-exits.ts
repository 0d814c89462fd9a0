import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';

/** The first line: what ended before it, nobody was told. */
const listeningLine = z.object({ listening: z.literal(true) });
const exitLine = z.object({
  pid: z.number(),
  code: z.number(),
  signal: z.number(),
  /** Left out where the kernel does not tell it. */
  parent: z.exactOptional(z.number()),
});

const toldLine = z.union([listeningLine, exitLine]);

/** How a process ended: by a signal, or with an exit code if `signal` is 0. */
export type ProcessExit = z.infer<typeof exitLine>;

/** As k6/exits names it. */
const watchExits = 'watch-exits';
/** Between two samples; a flood of short processes keeps the latest. */
const maxKept = 100_000;
const maxWaitMs = 5000;

/**
 * How processes end, from the kernel, whoever their parent is. Our build of k6 asks it, for Node cannot. Tells nothing where that is not
 * there, is older, or may not: the kernel tells root alone, and nobody in a container.
 */
export class ProcessExits {
  #kept: ProcessExit[] = [];
  readonly #child: ChildProcess | null;
  readonly #listening = new AbortController();

  /** @param program our build of k6; null if there is none. */
  constructor(program: string | null) {
    this.#child =
      program === null ? null : spawn(program, [watchExits], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
    if (this.#child === null) return;
    // It is only one way of several to know why a process ended.
    this.#child.once('error', () => this.#listening.abort());
    this.#child.once('exit', () => this.#listening.abort());
    this.#child.stdin?.on('error', () => {});
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on('line', (line) => this.#keep(line));
  }

  /** Waits until the kernel tells of exits, or it is clear that it will not: starting the program takes a second on a full machine. */
  async listening(stop: AbortSignal): Promise<void> {
    if (this.#child === null) return;
    const signal = AbortSignal.any([this.#listening.signal, stop, AbortSignal.timeout(maxWaitMs)]);
    if (!signal.aborted) await once(signal, 'abort');
  }

  /** All exits since the last call. */
  take(): readonly ProcessExit[] {
    const taken = this.#kept;
    this.#kept = [];
    return taken;
  }

  stop(): void {
    this.#child?.kill();
  }

  #keep(line: string): void {
    const told = toldIn(line);
    if (told === null) return;
    if ('listening' in told) {
      this.#listening.abort();
      return;
    }
    if (this.#kept.length >= maxKept) this.#kept.shift();
    this.#kept.push(told);
  }
}

function toldIn(line: string): z.infer<typeof toldLine> | null {
  try {
    return toldLine.safeParse(JSON.parse(line)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
