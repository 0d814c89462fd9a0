import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcFolder, readProcFile } from '../monitor/system/proc-file.ts';
import { ProcessTree } from '../monitor/system/process-tree.ts';
import { k6Cost, root } from './k6-run.ts';
import { against, meanOf, steadyMeanOf, steadyRatioOf } from './paired.ts';
import { writeResult } from './result-file.ts';

// What the monitor costs the server: the server's own CPU per request while it is watched, with all probes at four looks a second, over
// the same unwatched. One server, one steady load, and one monitor that is stopped (SIGSTOP) and let go on by turns: a pair takes four
// seconds, so what drifts on the machine meets both halves of it.

const pairs = Number(process.argv[2] ?? 54);
const idlePairs = Math.ceil(pairs / 3);
const blockMs = 2000;
const warmUpMs = 16_000;
const rate = 250;
const bar = 1.02;
const command = join(root, 'dist', 'cli', 'webhook-stress.js');

const backend = spawn(process.execPath, [command, 'backend', '--port', '0', '--workers', '2', '--stop-with-stdin'], {
  stdio: ['pipe', 'pipe', 'ignore'],
});
const [line] = (await once(createInterface(backend.stdout), 'line')) as [string];
const baseUrl = `http://127.0.0.1:${/"port":(\d+)/.exec(line)?.[1] ?? ''}`;
const folder = mkdtempSync(join(tmpdir(), 'bench-server-'));
const serverPids = new ProcessTree([backend.pid ?? 0]).look(0).map(({ stat }) => stat.pid);

/** Nanoseconds of CPU that all threads of the server have used: finer than the ticks of 10 ms in `stat`. */
function serverNs(): number {
  let sum = 0;
  for (const pid of serverPids) {
    for (const tid of listProcFolder(`/proc/${pid}/task`) ?? []) {
      sum += Number(readProcFile(`/proc/${pid}/task/${tid}/schedstat`)?.split(' ')[0] ?? 0);
    }
  }
  return sum;
}

/** Milliseconds of the server's CPU in a second. */
async function msPerSecond(monitor: ChildProcess, isWatched: boolean): Promise<number> {
  const group = -(monitor.pid ?? 0);
  if (isWatched) process.kill(group, 'SIGCONT');
  const [beforeNs, startedMs] = [serverNs(), performance.now()];
  await sleep(blockMs);
  const [usedNs, elapsedMs] = [serverNs() - beforeNs, performance.now() - startedMs];
  if (isWatched) process.kill(group, 'SIGSTOP');
  return usedNs / 1000 / elapsedMs;
}

interface Pairs {
  readonly unwatched: readonly number[];
  readonly watched: readonly number[];
}

async function pairsOf(monitor: ChildProcess, count: number, what: string): Promise<Pairs> {
  const unwatched: number[] = [];
  const watched: number[] = [];
  for (let n = 0; n < count; n += 1) {
    // A B, B A and so on.
    for (const isWatched of n % 2 === 0 ? [false, true] : [true, false]) {
      (isWatched ? watched : unwatched).push(await msPerSecond(monitor, isWatched));
    }
    const [without = 0, within = 0] = [unwatched[n], watched[n]];
    process.stderr.write(
      `${what}, pair ${n + 1} of ${count}: ${without.toFixed(2)} and ${within.toFixed(2)} ms of CPU a second\n`,
    );
  }
  return { unwatched, watched };
}

const options = ['--pid', String(backend.pid), '--base-url', baseUrl, '--dir', folder, '--interval', '0.25'];
const monitor = spawn(process.execPath, [command, 'monitor', ...options, '--duration', '0'], {
  stdio: 'ignore',
  // With what it starts itself in a process group of its own.
  detached: true,
});
await sleep(warmUpMs);
process.kill(-(monitor.pid ?? 0), 'SIGSTOP');
const idle = await pairsOf(monitor, idlePairs, 'at rest');
const seconds = Math.ceil((warmUpMs + pairs * 2 * blockMs) / 1000) + 4;
const env = { BASE_URL: baseUrl, MAX_RATE: String(rate), WEBHOOKS: '40', SUSTAINED_SECONDS: String(seconds) };
const load = k6Cost('dist/sustained.js', env, []);
await sleep(warmUpMs);
const loaded = await pairsOf(monitor, pairs, 'under load');
process.kill(-(monitor.pid ?? 0), 'SIGKILL');
const { requests, dropped } = await load;
if (dropped > 0 || requests < rate * seconds * 0.98)
  throw new Error(`the load was not steady: ${requests} requests in ${seconds} s, ${dropped} dropped`);

const { ratio, low, high } = steadyRatioOf(loaded.unwatched, loaded.watched);
const ofLoadMs = meanOf(loaded.unwatched).mean;
const added = steadyMeanOf(idle.watched.map((value, n) => (value - (idle.unwatched[n] ?? Number.NaN)) / ofLoadMs));
writeResult('server-cpu', {
  title: 'CPU of the server while it is watched',
  how: `The embedded backend with 2 workers under ${rate} requests/s, with a monitor that looks every 250 ms and asks for its health, and that is stopped and let go on every ${blockMs / 1000} s; the server's own processes alone. The median of all means of two pairs (Hodges and Lehmann), its interval by Wilcoxon's signed ranks. At rest hardly anything else uses CPU, so the same cost is seen more sharply; waits for locks are not.`,
  figures: [
    {
      name: `CPU per request at ${rate}/s, watched over unwatched`,
      unit: '×',
      value: ratio,
      spread: `95% interval ${low.toFixed(4)}–${high.toFixed(4)} in ${pairs} pairs`,
      bar: `≤ ${bar}`,
      verdict: against(low, high, bar),
    },
    {
      name: `CPU that watching adds at rest, and that of ${rate} requests/s, over the latter`,
      unit: '×',
      value: 1 + added.mean,
      spread: `95% interval ${(1 + added.low).toFixed(4)}–${(1 + added.high).toFixed(4)} in ${idlePairs} pairs`,
      bar: `≤ ${bar}`,
      verdict: against(1 + added.low, 1 + added.high, bar),
    },
  ],
});
rmSync(folder, { recursive: true });
backend.stdin.end();
