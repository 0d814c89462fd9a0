import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { BenchServer } from './server.ts';
import type { Load, Tool } from './tools.ts';

export const figureNames = ['1000/s', '4000/s', 'flat out', 'half', 'memory'] as const;
export type FigureName = (typeof figureNames)[number];

export const measured = z.object({
  tool: z.string(),
  figure: z.enum(figureNames),
  /** From the start of the process to its first request. */
  startMs: z.number(),
  startCpuMs: z.number(),
  /** In the steady part. */
  ratePerSecond: z.number(),
  cpuUs: z.number(),
  p99Ms: z.nullable(z.number()),
  peakBytes: z.nullable(z.number()),
});
export type Measured = z.infer<typeof measured>;

export interface Asked {
  readonly server: BenchServer;
  readonly tool: Tool;
  readonly program: string;
  readonly figure: FigureName;
  /** Requests a second, or null: as many as it can. */
  readonly rate: number | null;
  /** Length of the steady part. */
  readonly seconds: number;
}

const warmUpSeconds = 1;
const memoryConnections = 1000;
const firstWithinMs = 60_000;

function loadOf({ server, figure, rate, seconds }: Asked, folder: string): Load {
  const isOnce = figure === 'memory';
  const connections = isOnce ? memoryConnections : rate === null ? 50 : 100;
  return {
    url: server.url,
    rate: isOnce ? null : rate,
    seconds: warmUpSeconds + seconds + 1,
    connections,
    isOnce,
    folder,
  };
}

function peakBytesOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Runs a generator once and looks at it from outside; null if it cannot do that. */
export async function measure(asked: Asked): Promise<Measured | null> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-generators-'));
  try {
    const started = asked.tool.start(asked.program, loadOf(asked, folder));
    return started === null ? null : await run(asked, started, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(
  { server, tool, figure, seconds }: Asked,
  { command: [program = '', ...args], env }: NonNullable<ReturnType<Tool['start']>>,
  folder: string,
): Promise<Measured> {
  // What the one before had still under way.
  await sleep(200);
  const { first } = await server.reset();
  const startedNs = process.hrtime.bigint();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const closed = once(child, 'close');
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      printed += data.toString();
    });
  }
  const pid = child.pid ?? 0;
  const tooLate = sleep(firstWithinMs, 'late', { ref: false });
  if ((await Promise.race([first, closed.then(() => 'closed'), tooLate])) !== undefined) {
    child.kill('SIGKILL');
    throw new Error(`${tool.name} sent nothing: ${printed.slice(-1000)}`);
  }
  const startMs = Number(process.hrtime.bigint() - startedNs) / 1e6;
  const begin = await server.mark(pid);
  const common = { tool: tool.name, figure, startMs, startCpuMs: begin.cpuNs / 1e6 };
  if (figure === 'memory') {
    let peakBytes = 0;
    while (child.exitCode === null && child.signalCode === null) {
      peakBytes = Math.max(peakBytes, peakBytesOf(pid));
      await sleep(10);
    }
    await closed;
    return { ...common, ratePerSecond: 0, cpuUs: 0, p99Ms: null, peakBytes };
  }
  await sleep(warmUpSeconds * 1000);
  const from = await server.mark(pid);
  await sleep(seconds * 1000);
  const to = await server.mark(pid);
  if (to.cpuNs < 0) throw new Error(`${tool.name} ended too early: ${printed.slice(-1000)}`);
  const isWhole = figure === 'half';
  if (!isWhole) child.kill('SIGKILL');
  await closed;
  const requests = to.requests - from.requests;
  return {
    ...common,
    ratePerSecond: (requests * 1e9) / (to.atNs - from.atNs),
    cpuUs: (to.cpuNs - from.cpuNs) / 1000 / requests,
    p99Ms: isWhole ? tool.p99(printed, folder) : null,
    peakBytes: null,
  };
}
