import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessTree } from '../monitor/system/process-tree.ts';
import { k6Cost, root } from './k6-run.ts';
import { abba, against } from './paired.ts';
import { writeResult } from './result-file.ts';

// What the monitor costs the server: the server's own CPU per request while it is watched, with all probes at four looks a second, over
// the same without a monitor.

const blocks = Number(process.argv[2] ?? 10);
const seconds = 8;
const rate = 250;
const bar = 1.02;
const command = join(root, 'dist', 'cli', 'webhook-stress.js');

const backend = spawn(process.execPath, [command, 'backend', '--port', '0', '--workers', '2', '--stop-with-stdin'], {
  stdio: ['pipe', 'pipe', 'ignore'],
});
const [line] = (await once(createInterface(backend.stdout), 'line')) as [string];
const baseUrl = `http://127.0.0.1:${/"port":(\d+)/.exec(line)?.[1] ?? ''}`;
const folder = mkdtempSync(join(tmpdir(), 'bench-server-'));
const tree = new ProcessTree([backend.pid ?? 0]);

/** Clock ticks that the server's processes have used. A process that lives on is counted whole. */
function serverTicks(): number {
  const pids = tree.look(performance.now()).map(({ stat }) => stat.pid);
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

/** Microseconds of the server's CPU for a request. */
async function perRequestUs(): Promise<number> {
  const before = serverTicks();
  const env = { BASE_URL: baseUrl, MAX_RATE: String(rate), WEBHOOKS: '40', SUSTAINED_SECONDS: String(seconds) };
  const { requests } = await k6Cost('dist/sustained.js', env, []);
  return ((serverTicks() - before) * 10_000) / requests;
}

async function watched(): Promise<number> {
  const options = ['--pid', String(backend.pid), '--base-url', baseUrl, '--dir', folder, '--interval', '0.25'];
  const monitor = spawn(process.execPath, [command, 'monitor', ...options, '--duration', '0'], { stdio: 'ignore' });
  await sleep(1000);
  const found = await perRequestUs();
  monitor.kill('SIGTERM');
  await once(monitor, 'exit');
  return found;
}

async function unwatched(): Promise<number> {
  await sleep(1000);
  return perRequestUs();
}

const paired = await abba(blocks, unwatched, watched, (text) => process.stderr.write(`${text}\n`));
const { ratio, low, high } = paired;
writeResult('server-cpu', {
  title: 'CPU of the server while it is watched',
  how: `The embedded backend with 2 workers under ${rate} requests/s for ${seconds} s, with a monitor that looks every 250 ms and asks all probes, over the same without one; the server's own processes alone.`,
  figures: [
    {
      name: 'CPU per request, watched over unwatched',
      unit: '×',
      value: ratio,
      spread: `95 % interval ${low.toFixed(4)}–${high.toFixed(4)} in ${blocks} blocks of two pairs`,
      bar: `≤ ${bar}`,
      verdict: against(low, high, bar),
    },
  ],
});
rmSync(folder, { recursive: true });
backend.stdin.end();
