import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalFiles, localMonitor } from '../contract/journal/paths.ts';
import { makeLongJournal } from '../test/fixtures/long-journal.ts';

// What `webhook-stress report` takes for the journal of a long run: seconds and peak memory.
//
//     node --import tsx bench/long-run.ts [hours, default 24] [share of processes that change each sample, default 0.03]

const hours = Number(process.argv[2] ?? 24);
const changing = Number(process.argv[3] ?? 0.03);
const processes = 64;
const program = join(import.meta.dirname, '..', 'dist', 'cli', 'webhook-stress.js');
const folder = mkdtempSync(join(tmpdir(), 'long-run-'));

/** The most memory that a process of Linux had so far. */
function peakMb(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return Number(kilobytes) / 1024;
}

try {
  const madeFrom = performance.now();
  const { requests, samples } = makeLongJournal(folder, { seconds: Math.round(hours * 3600), processes, changing });
  const monitorMb = statSync(join(folder, journalFiles.monitor(localMonitor))).size / 1e6;
  const madeSeconds = (performance.now() - madeFrom) / 1000;
  console.log(
    `${hours} h: ${samples} samples in ${monitorMb.toFixed(0)} MB, ${requests} requests; made in ${madeSeconds.toFixed(0)} s`,
  );

  const from = performance.now();
  const child = spawn(process.execPath, [program, 'report', folder], { stdio: 'inherit' });
  let mb = 0;
  const watch = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) mb = Math.max(mb, peakMb(child.pid));
  }, 200);
  const code = await new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  clearInterval(watch);
  const seconds = (performance.now() - from) / 1000;
  const { size } = statSync(join(folder, 'report.json'));
  console.log(
    `report: exit code ${code}, ${seconds.toFixed(1)} s, peak ${mb.toFixed(0)} MB; report.json ${(size / 1e6).toFixed(1)} MB`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
