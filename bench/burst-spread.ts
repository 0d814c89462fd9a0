import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLedger } from '../analysis/journal/read-ledger.ts';
import { median } from '../analysis/statistics.ts';
import { journalFiles, localGenerator } from '../contract/journal/paths.ts';
import type { ScenarioName } from '../contract/plan/scenarios.ts';
import { inWords, rangeOf } from './range.ts';
import { type Figure, writeResult } from './result-file.ts';

// How far apart signals leave that are to leave at one instant: from the first send to the last, against the embedded backend.

const runs = Number(process.argv[2] ?? 20);
const command = join(import.meta.dirname, '..', 'dist', 'cli', 'webhook-stress.js');
const barMs = 5;

/** Instants of one phase are further apart than this. */
const apartUs = 60_000;

/** The spread in milliseconds of each instant of a phase, in one run of a scenario. */
function spreadsOf(scenario: ScenarioName, phase: string): readonly number[] {
  const reports = mkdtempSync(join(tmpdir(), 'bench-spread-'));
  try {
    const options = ['--reports', reports, '--run-id', 'run', '--cooldown', '0'];
    execFileSync(process.execPath, [command, 'run', scenario, ...options], { stdio: 'ignore' });
    const { ledger } = readLedger(join(reports, 'run', journalFiles.ledger(localGenerator, scenario)), null);
    const sendsUs = Array.from({ length: ledger.length }, (_, at) => at)
      .filter((at) => ledger.phaseOf(at) === phase && ledger.isSignal(at))
      .map((at) => ledger.notedSendUs(at))
      .sort((a, b) => a - b);
    return spreadsWithin(sendsUs);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

function spreadsWithin(sendsUs: readonly number[]): readonly number[] {
  const spreads: number[] = [];
  let firstUs = sendsUs[0] ?? 0;
  sendsUs.forEach((us, n) => {
    const next = sendsUs[n + 1];
    if (next !== undefined && next - us < apartUs) return;
    spreads.push((us - firstUs) / 1000);
    firstUs = next ?? 0;
  });
  return spreads;
}

function figureOf(name: string, spreadsMs: readonly number[]): Figure {
  const value = median(spreadsMs) ?? Number.NaN;
  const verdict = value <= barMs ? 'met' : 'not met';
  const spread = `${inWords(rangeOf(spreadsMs))}, ${spreadsMs.length} instants`;
  return { name, unit: 'ms', value, spread, bar: `≤ ${barMs} ms`, verdict };
}

const bursts: number[] = [];
for (let run = 1; run <= runs; run += 1) {
  bursts.push(...spreadsOf('burst', 'burst'));
  process.stderr.write(`run ${run} of ${runs}: ${bursts.at(-1)?.toFixed(2)} ms\n`);
}
writeResult('burst-spread', {
  title: 'Instants',
  how: `From the first to the last send of signals that leave at one instant, against the embedded backend on the same cores: the median, and the range. 100 signals of ${runs} runs of burst; the rounds of concurrency and the bursts of 30 of rate-limit in one run each. Sends are noted as the socket takes them.`,
  figures: [
    figureOf('burst, 100 signals', bursts),
    figureOf('a round of concurrency', spreadsOf('concurrency', 'concurrency')),
    figureOf('a burst of the limiter, 30 signals', spreadsOf('rate-limit', 'probe_bursts')),
  ],
});
