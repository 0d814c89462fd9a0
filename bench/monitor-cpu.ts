import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import { processSource } from '../monitor/system/process-source.ts';
import { ProcessTree } from '../monitor/system/process-tree.ts';
import { abba, against, meanOf } from './paired.ts';
import { type Figure, writeResult } from './result-file.ts';

// CPU of the monitor that watches the embedded backend of 32 processes, probes included, at several intervals; and of one
// look at those processes by pidusage against ours.

const repeats = Number(process.argv[2] ?? 10);
const startUpSeconds = 10;
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
  [command, 'backend', '--port', '0', '--workers', String(processes - 1), '--stop-with-stdin'],
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
  await sleep(startUpSeconds * 1000);
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
const figures: Figure[] = [];
for (const interval of ['1', '0.25', '0.1']) {
  const runs: number[] = [];
  for (let n = 0; n < repeats; n += 1) runs.push(await percentOfCore(Number(interval)));
  const { mean, low, high } = meanOf(runs);
  const bar = bars[interval];
  figures.push({
    name: `every ${Number(interval) * 1000} ms`,
    unit: '% of a core',
    value: mean,
    spread: `95% interval ${low.toFixed(2)}–${high.toFixed(2)} in ${repeats} runs`,
    bar: bar === undefined ? '–' : `≤ ${bar} %`,
    verdict: bar === undefined ? 'no bar' : against(low, high, bar),
  });
  process.stderr.write(`${interval} s: ${mean.toFixed(2)} % of a core\n`);
}

const rootPid = backend.pid ?? 0;
const pids = new ProcessTree([rootPid]).look(0).map(({ stat }) => stat.pid);
const source = processSource([rootPid]);
let nowMs = 0;

/** Milliseconds of our CPU for a look, over looks that are a second apart in the source's eyes. */
async function cpuOfLookMs(look: () => Promise<unknown>): Promise<number> {
  const looks = 50;
  const before = process.cpuUsage();
  for (let n = 0; n < looks; n += 1) await look();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / looks;
}
const byUs = (): Promise<number> =>
  cpuOfLookMs(() => {
    nowMs += 1000;
    return source.sample(nowMs);
  });
const byPidusage = (): Promise<number> => cpuOfLookMs(() => pidusage(pids));
const paired = await abba(repeats, byUs, byPidusage, () => undefined);
figures.push({
  name: 'CPU and RSS by pidusage over our whole look (CPU, RSS, threads, parents, start, PSS, open files)',
  unit: '×',
  value: paired.ratio,
  spread: `95% interval ${paired.low.toFixed(2)}–${paired.high.toFixed(2)} in ${repeats} blocks`,
  bar: '–',
  verdict: 'no bar',
});

writeResult('monitor-cpu', {
  title: 'CPU of the monitor',
  how: `Watching an idle backend of ${processes} processes with all probes for ${seconds} s, after ${startUpSeconds} s of start-up.`,
  figures,
});
rmSync(folder, { recursive: true });
backend.stdin.end();
