import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeResult } from './result-file.ts';

// CPU of the monitor that watches the embedded backend of 32 processes, probes included, at several intervals.

const repeats = Number(process.argv[2] ?? 10);
const seconds = 15;
const processes = 32;
const command = join(import.meta.dirname, '..', 'dist', 'cli', 'webhook-stress.js');

/** Seconds of CPU, user and system, that a process has used. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const backend = spawn(
  process.execPath,
  [command, 'target', '--port', '0', '--workers', String(processes - 1), '--stop-with-stdin'],
  { stdio: ['pipe', 'pipe', 'ignore'] },
);
const [line] = (await once(createInterface(backend.stdout), 'line')) as [string];
const port = /"port":(\d+)/.exec(line)?.[1] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'bench-monitor-'));

/** Percent of one core once the monitor has started up. */
async function percentOfCore(intervalSeconds: number): Promise<number> {
  const options = ['--pid', String(backend.pid), '--base-url', `http://127.0.0.1:${port}`, '--dir', folder];
  const monitor = spawn(
    process.execPath,
    [command, 'monitor', ...options, '--interval', String(intervalSeconds), '--duration', '0'],
    { stdio: 'ignore' },
  );
  await sleep(4000);
  const before = cpuSeconds(monitor.pid ?? 0);
  const startedMs = performance.now();
  await sleep(seconds * 1000);
  const used = cpuSeconds(monitor.pid ?? 0) - before;
  const elapsed = (performance.now() - startedMs) / 1000;
  monitor.kill('SIGTERM');
  await once(monitor, 'exit');
  return (used / elapsed) * 100;
}

const bars: Readonly<Record<string, number>> = { '0.25': 2 };
const figures = [];
for (const interval of ['1', '0.25', '0.1']) {
  const runs: number[] = [];
  for (let n = 0; n < repeats; n += 1) runs.push(await percentOfCore(Number(interval)));
  const mean = runs.reduce((sum, value) => sum + value, 0) / runs.length;
  const deviation = Math.sqrt(runs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs.length - 1));
  // Student's t for nine degrees of freedom; other counts of repeats differ little.
  const half = (2.262 * deviation) / Math.sqrt(runs.length);
  const bar = bars[interval];
  const verdict =
    bar === undefined ? 'no bar' : mean + half <= bar ? 'met' : mean - half > bar ? 'not met' : 'unresolved';
  figures.push({
    name: `every ${Number(interval) * 1000} ms`,
    unit: '% of a core',
    value: mean,
    spread: `95 % interval ${(mean - half).toFixed(2)}–${(mean + half).toFixed(2)} in ${repeats} runs`,
    bar: bar === undefined ? '–' : `≤ ${bar} %`,
    verdict,
  } as const);
  process.stderr.write(`${interval} s: ${mean.toFixed(2)} % of a core\n`);
}
writeResult('monitor-cpu', {
  title: 'CPU of the monitor',
  how: `Watching an idle backend of ${processes} processes with all probes for ${seconds} s, after its start.`,
  figures,
});
rmSync(folder, { recursive: true });
backend.stdin.end();
