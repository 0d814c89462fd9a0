import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { addEncoded, emptyHistogram, type Histogram } from '../../analysis/journal/histogram.ts';
import { openJournal } from '../../analysis/journal/manifest.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { plannedSends } from '../fixtures/planned-sends.ts';
import { isOfTheMachine } from '../matrix/cell.ts';
import { childrenOf, isAlive, reportOf, startStress, statuses, stress, underWay, until } from './stress.ts';

// Several k6 processes that share the load are one generator to the report.

/** At this rate a machine that is taken for half a second drops nothing. */
const small = { BURST_SIGNALS: '60', SUSTAINED_SECONDS: '8', MIN_LEGITIMATE: '0', MAX_RATE: '60' };
/** What does not go by how long answers took: a busy machine is slow. */
const judged = ['worker-crashes', 'success-rate', 'error-rate', 'exactly-once'] as const;
const scenarios: readonly ScenarioName[] = ['burst', 'sustained'];

type Row = Readonly<Record<string, unknown>>;

function rowsOf(file: string): readonly Row[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line): Row => JSON.parse(line));
}

const idsOf = (folder: string): readonly string[] => openJournal(folder).manifest?.generators ?? [];

/** What they sent as load, each row with the generator that sent it. */
function loadOf(folder: string, scenario: ScenarioName) {
  return idsOf(folder).flatMap((id) =>
    rowsOf(join(folder, journalFiles.ledger(id, scenario)))
      .filter((row) => row.purpose === 'load')
      .map((row) => ({ id, signal: String(row.signal), phase: String(row.phase), sendUs: Number(row.sendUs), row })),
  );
}

/** Each signal that the plan in run.json says is load: its name without the run, and its webhook. */
function plannedWebhooks(folder: string, scenario: ScenarioName): readonly string[] {
  const plan = openJournal(folder).manifest?.plans?.find((one) => one.scenario === scenario);
  assert.ok(plan);
  const load = plan.phases.filter(({ purpose }) => purpose === 'load');
  return plannedSends({ ...plan, phases: load }).map(({ code, n, webhook }) => `${code}${n} ${webhook}`);
}

function droppedIn(folder: string, scenario: ScenarioName): number {
  const rows = idsOf(folder).flatMap((id) => rowsOf(join(folder, journalFiles.timeline(id, scenario))));
  return rows.reduce((sum, { dropped = 0 }) => sum + Number(dropped), 0);
}

/** The histograms of all generators as one, and the times of the ledgers that they are of. */
function serviceOf(folder: string, scenario: ScenarioName): { merged: Histogram; pooledUs: readonly number[] } {
  const merged = emptyHistogram();
  for (const id of idsOf(folder)) {
    for (const row of rowsOf(join(folder, journalFiles.timeline(id, scenario)))) {
      if (row.purpose === 'load') addEncoded(merged, String(row.service));
    }
  }
  const pooledUs = loadOf(folder, scenario).map(({ row }) => Number(row.endUs) - Number(row.sendUs));
  return { merged, pooledUs: pooledUs.toSorted((a, b) => a - b) };
}

const k6Of = (runner: number): readonly number[] =>
  childrenOf(runner).flatMap(({ pid, commandLine }) => (/k6 run /.test(commandLine) ? [pid] : []));

// Each starts several k6 processes: one after another.
describe('several generators', () => {
  test('four send what one sends, once, at common instants, and all sources count the same', async () => {
    const [one, four] = await Promise.all([
      stress([...scenarios], small),
      stress([...scenarios, '--generators', '4'], small),
    ]);
    for (const { report, output } of [one, four]) {
      // Nothing is missing but what a busy machine did not send, and that makes them inconclusive.
      assert.deepEqual(
        report.gaps.filter(({ problem }) => !/^phase \S+: \d+ of \d+ planned requests were sent/.test(problem)),
        [],
        output,
      );
      for (const finding of report.findings.filter(({ criterion }) => judged.some((one) => one === criterion))) {
        const isOpen = finding.status === 'inconclusive' && (report.gaps.length > 0 || isOfTheMachine(finding));
        assert.ok(finding.status === 'pass' || isOpen, statuses(report));
      }
      for (const { purpose, outcome, agree, k6Summary, timeline, ledger, server } of report.counts) {
        assert.equal(agree, true, `${purpose} ${outcome}`);
        assert.deepEqual([k6Summary, timeline, ledger], [server, server, server], `${purpose} ${outcome}`);
      }
    }
    assert.equal(idsOf(four.folder).length, 4);
    for (const scenario of scenarios) {
      const [ofOne, ofFour] = [loadOf(one.folder, scenario), loadOf(four.folder, scenario)];
      assert.equal(new Set(ofFour.map(({ id }) => id)).size, 4, scenario);
      // Whoever sends them: what is planned is sent or dropped, and each signal has its number in the plan and goes to its webhook.
      for (const [folder, rows] of [
        [one.folder, ofOne],
        [four.folder, ofFour],
      ] as const) {
        const dropped = droppedIn(folder, scenario);
        const webhooks = plannedWebhooks(folder, scenario);
        assert.equal(rows.length + dropped, webhooks.length, `${scenario}, ${dropped} dropped`);
        const sent = rows.map(({ signal, row }) => `${signal.replace(/^[^-]*-/, '')} ${row.webhook}`).toSorted();
        if (dropped === 0) assert.deepEqual(sent, webhooks.toSorted(), scenario);
        if (scenario === 'sustained') assert.equal(new Set(rows.map(({ signal }) => signal)).size, rows.length);
      }
    }
    const burst = loadOf(four.folder, 'burst').filter(({ phase }) => phase === 'burst');
    const sent = burst.map(({ sendUs }) => sendUs).toSorted((a, b) => a - b);
    // A busy machine may wake a sleeper late; processes that each counted from their own start would be as far apart as their resumes.
    assert.ok((sent[Math.floor(sent.length * 0.9)] ?? 0) - (sent[0] ?? 0) < 500_000);
    const purposes = new Set(four.report.counts.map(({ purpose }) => purpose));
    assert.ok(purposes.has('setup') && purposes.has('readback'));

    const { merged, pooledUs } = serviceOf(four.folder, 'sustained');
    assert.equal(merged.totalCount, pooledUs.length);
    assert.ok(pooledUs.length > 300, String(pooledUs.length));
    for (const percent of [50, 95, 99, 99.9]) {
      const truth = pooledUs[Math.ceil((percent / 100) * pooledUs.length) - 1] ?? 0;
      const found = merged.getValueAtPercentile(percent);
      assert.ok(Math.abs(found - truth) <= 0.01 * truth, `p${percent}: ${found} of ${truth}`);
    }
  });

  test('one that is killed is told in one line; the others go on, and what needs its share is inconclusive', async () => {
    const run = startStress(['sustained', '--generators', '3'], small);
    await underWay(run.folder, 'sustained', 20);
    const [, second] = k6Of(run.process.pid ?? 0).toSorted((a, b) => a - b);
    assert.ok(second !== undefined);
    process.kill(second, 'SIGKILL');
    await run.ended();
    const told =
      run
        .output()
        .match(/^\[1\/1\] sustained: k6-\d ended with SIGKILL before its load was over; the others go on/gm) ?? [];
    assert.equal(told.length, 1, run.output());
    const report = reportOf(run.folder);
    assert.equal(report.verdict, 'inconclusive', statuses(report));
    const killed = openJournal(run.folder).manifest?.scenarios[0]?.generators?.filter((one) => one.problem !== null);
    assert.deepEqual(
      killed?.map(({ k6Signal }) => k6Signal),
      ['SIGKILL'],
    );
    for (const id of idsOf(run.folder).filter((one) => one !== killed?.[0]?.id)) {
      assert.equal(rowsOf(join(run.folder, journalFiles.ledger(id, 'sustained'))).at(-1)?.end, true, id);
    }
  });

  test('Ctrl-C reaches all of them, and what the server processed is read back', async () => {
    const run = startStress(['sustained', '--generators', '3'], { ...small, SUSTAINED_SECONDS: '30' });
    await underWay(run.folder, 'sustained', 20);
    const pids = k6Of(run.process.pid ?? 0);
    assert.equal(pids.length, 3);
    run.process.kill('SIGINT');
    const { exitCode } = await run.ended();
    assert.equal(exitCode, 130, run.output());
    for (const pid of pids) await until(`k6 ${pid} ends`, () => !isAlive(pid), 1_000);
    // One of them has read back, as a single generator does.
    const { readback } = reportOf(run.folder).scenarios[0]?.requests ?? {};
    assert.ok((readback?.accepted ?? 0) > 0, run.output());
    for (const id of idsOf(run.folder)) {
      assert.equal(rowsOf(join(run.folder, journalFiles.ledger(id, 'sustained'))).at(-1)?.end, true, id);
    }
  });
});
