import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const root = join(import.meta.dirname, '..');

export interface Sink {
  readonly port: string;
  stop(): void;
}

/** Starts bench/sink.ts in a process of its own. */
export async function startSink(): Promise<Sink> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'sink.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve) => {
    createInterface(child.stdout).once('line', resolve);
  });
  return { port, stop: () => child.stdin.end() };
}

export interface K6Cost {
  /** User and system time of the k6 process. */
  readonly cpuSeconds: number;
  readonly requests: number;
  readonly dropped: number;
}

/** Runs the project's k6 and tells what it cost. */
export async function k6Cost(
  script: string,
  env: Readonly<Record<string, string>>,
  options: readonly string[],
): Promise<K6Cost> {
  // A threshold that failed is no matter here: k6 ends with 99.
  const command = `TIMEFORMAT='%U %S'; time "$@" 2>&1 || [ $? = 99 ]`;
  const k6 = [process.env.K6_BIN ?? join(root, '.tools', 'k6'), 'run', '--quiet', ...options, join(root, script)];
  const { stdout, stderr } = await run('bash', ['-c', command, 'bash', ...k6], {
    env: { ...process.env, K6_NO_USAGE_REPORT: 'true', ...env },
    maxBuffer: 1 << 26,
  });
  const [user = 0, system = 0] = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  const count = (metric: string): number => Number(new RegExp(`\\b${metric}\\.*: *(\\d+)`).exec(stdout)?.[1] ?? 0);
  return { cpuSeconds: user + system, requests: count('http_reqs'), dropped: count('dropped_iterations') };
}
