import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';

const exitLine = z.object({ pid: z.number(), code: z.number(), signal: z.number() });

/** How a process ended: by a signal, or with an exit code if `signal` is 0. */
export type ProcessExit = z.infer<typeof exitLine>;

/** As k6/exits names it. */
const watchExits = 'watch-exits';
/** Between two samples; a flood of short processes keeps the latest. */
const maxKept = 100_000;

/**
 * How processes end, from the kernel, whoever their parent is. Our build of k6 asks it, for Node cannot. Tells nothing where that is not
 * there, is older, or may not: the kernel tells root alone, and nobody in a container.
 */
export class ProcessExits {
  #kept: ProcessExit[] = [];
  readonly #child: ChildProcess | null;

  /** @param program our build of k6; null if there is none. */
  constructor(program: string | null) {
    this.#child =
      program === null ? null : spawn(program, [watchExits], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
    if (this.#child === null) return;
    // It is only one way of several to know why a process ended.
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on('line', (line) => this.#keep(line));
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
    if (this.#kept.length >= maxKept) this.#kept.shift();
    const exit = exitIn(line);
    if (exit !== null) this.#kept.push(exit);
  }
}

function exitIn(line: string): ProcessExit | null {
  try {
    return exitLine.safeParse(JSON.parse(line)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
