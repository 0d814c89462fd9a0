import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What the server and the kernel have counted at one instant. */
export interface Mark {
  readonly requests: number;
  readonly atNs: number;
  /** Of the process asked for; -1 if it has ended. */
  readonly cpuNs: number;
}

export interface BenchServer {
  readonly url: string;
  /** Counts from 0 again; resolves when the next request has arrived. */
  reset(): Promise<{ readonly first: Promise<void> }>;
  mark(pid: number): Promise<Mark>;
  stop(): void;
}

/** Compiles server.go and starts it: one server for all generators, which costs little beside them. */
export async function startBenchServer(root: string): Promise<BenchServer> {
  const program = join(root, '.tools', 'bench-server');
  execFileSync('go', ['build', '-trimpath', '-o', program, join(import.meta.dirname, 'server.go')]);
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { readonly fits: (line: string) => boolean; readonly take: (line: string) => void }[] = [];
  const next = (fits: (line: string) => boolean): Promise<string> =>
    new Promise((take) => {
      waiting.push({ fits, take });
    });
  createInterface(child.stdout).on('line', (line) => {
    const at = waiting.findIndex(({ fits }) => fits(line));
    waiting.splice(at, at < 0 ? 0 : 1)[0]?.take(line);
  });
  const isNumbers = (line: string): boolean => /^\d/.test(line);
  const port = await next(isNumbers);
  return {
    url: `http://127.0.0.1:${port}`,
    async reset() {
      // What waited for a first request that never came waits no more.
      waiting.length = 0;
      child.stdin.write('reset\n');
      await next((line) => line === 'reset');
      return { first: next((line) => line === 'first').then(() => undefined) };
    },
    async mark(pid) {
      child.stdin.write(`mark ${pid}\n`);
      const [requests = 0, atNs = 0, cpuNs = 0] = (await next(isNumbers)).split(' ').map(Number);
      return { requests, atNs, cpuNs };
    },
    stop: () => child.stdin.end(),
  };
}
