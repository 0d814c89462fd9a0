import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import type { Report } from '../../contract/report/report.ts';
import { reportIn, writeSoak } from '../fixtures/pieced-journal.ts';
import { soakTrace } from '../fixtures/soak-trace.ts';

const generator = journalFiles.generator(localGenerator);
const ledger = journalFiles.ledger(localGenerator, 'soak');

/** The report of a healthy soak, once something was done to its files. */
function reportAfter(damage: (folder: string) => void, phasesOfPiece: number | null = 2): Report {
  const recorded = soakTrace(1);
  const folder = writeSoak(recorded, phasesOfPiece);
  try {
    damage(folder);
    return reportIn(folder, recorded);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const findingIn = ({ findings }: Report, id: string) => findings.find(({ criterion }) => criterion === id);

function exactlyOnceIn(report: Report) {
  const found = findingIn(report, 'exactly-once');
  return { status: found?.status, accused: JSON.stringify(found).includes('never sent') };
}

const problemsIn = ({ gaps }: Report): readonly string[] =>
  gaps.filter(({ file }) => file === ledger).map(({ problem }) => problem);

function removePiece(folder: string, number: string): void {
  const [name = ''] = readdirSync(join(folder, generator)).filter((file) => file.includes(`requests.${number}`));
  rmSync(join(folder, generator, name));
}

test('effects of signals in a piece that is missing accuse nobody, and the piece is named', () => {
  const report = reportAfter((folder) => removePiece(folder, '0002'));
  assert.deepEqual(exactlyOnceIn(report), { status: 'inconclusive', accused: false });
  assert.deepEqual(problemsIn(report).slice(0, 2), [
    'piece 2: it is missing',
    'it holds 120 of 150 requests of its timeline',
  ]);
});

test('nor do those of the last pieces, which no number shows to be missing', () => {
  const report = reportAfter((folder) => {
    // The last but one holds half of what is read back, too: that half goes into the last.
    const effects = readFileSync(join(folder, generator, 'soak.requests.0006.ndjson'));
    removePiece(folder, '0005');
    writeFileSync(join(folder, generator, 'soak.requests.0005.ndjson'), effects);
    removePiece(folder, '0006');
  });
  assert.deepEqual(exactlyOnceIn(report), { status: 'inconclusive', accused: false });
  assert.equal(problemsIn(report)[0], 'it holds 120 of 150 requests of its timeline');
});

test('nor does a ledger in one file that holds less than its timeline', () => {
  const report = reportAfter((folder) => {
    const path = join(folder, ledger);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const kept = lines.filter((line) => !line.includes('"phase":"soak_3"')).slice(0, -1);
    const end = JSON.stringify({ end: true, lines: kept.length - 1 });
    writeFileSync(path, [...kept, end].map((line) => `${line}\n`).join(''));
  }, null);
  assert.deepEqual(exactlyOnceIn(report), { status: 'inconclusive', accused: false });
  assert.equal(problemsIn(report)[0], 'it holds 135 of 150 requests of its timeline');
  const { summary = '' } = findingIn(report, 'success-rate') ?? {};
  assert.match(summary, /^evidence is missing \(generators\/\S+: it holds 135 of 150 requests of its timeline\)/);
});

test('a whole journal has no such gap', () => {
  for (const phasesOfPiece of [2, null]) assert.deepEqual(problemsIn(reportAfter(() => {}, phasesOfPiece)), []);
});
