import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Programs that know containers by their names, and answer to the same words. */
const programs = ['docker', 'podman', 'nerdctl'];
const words = (name: string): readonly string[] => ['inspect', '--format', '{{.Id}}', '--', name];
/** One that hangs may not care for SIGTERM. */
const limits = { encoding: 'utf8', timeout: 5000, killSignal: 'SIGKILL' } as const;

/** All that a program gets of the environment. */
export type ChildEnvironment = Readonly<Record<string, string | undefined>>;

const isId = (text: string): boolean => /^[\da-f]{12,64}$/.test(text);
const isFullId = (text: string): boolean => /^[\da-f]{64}$/.test(text);

/** The full id of a container; null where nobody knows its name. Waits for the answer. */
export function containerId(name: string, env: ChildEnvironment): string | null {
  if (isId(name)) return name;
  for (const program of programs) {
    try {
      const id = execFileSync(program, words(name), { ...limits, env, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
      if (isFullId(id)) return id;
    } catch {
      // It is not installed here, or does not know this container: the next one may.
    }
  }
  return null;
}

const run = promisify(execFile);

async function askForId(name: string, env: ChildEnvironment, signal: AbortSignal): Promise<string | null> {
  for (const program of programs) {
    try {
      const id = (await run(program, words(name), { ...limits, env, signal })).stdout.trim();
      if (isFullId(id)) return id;
    } catch {
      if (signal.aborted) return null;
    }
  }
  return null;
}

/** Asks for the id of a container beside the samples, which never wait for it: one question at a time. */
export class ContainerIds {
  readonly #name: string;
  readonly #env: ChildEnvironment;
  readonly #stop = new AbortController();
  #known: string | null;
  #isAsking = false;

  constructor(name: string, env: ChildEnvironment) {
    this.#name = name;
    this.#env = env;
    this.#known = isId(name) ? name : null;
  }

  /** As far as is known by now. A container that is made anew under its name has another id: it is asked for again. */
  latest(): string | null {
    if (!isId(this.#name) && !this.#isAsking && !this.#stop.signal.aborted) void this.#ask();
    return this.#known;
  }

  /** Ends a question that nobody waits for any more. */
  stop(): void {
    this.#stop.abort();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    this.#known = (await askForId(this.#name, this.#env, this.#stop.signal)) ?? this.#known;
    this.#isAsking = false;
  }
}
