import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '../../analysis/journal/manifest.ts';
import type { CriterionId } from '../../analysis/rules/registry.ts';
import { type BuiltInScenario, isBuiltIn } from '../../contract/plan/scenarios.ts';
import type { Report } from '../../contract/report/report.ts';
import { JournalCopy } from '../fixtures/journal-copy.ts';
import { seeded } from '../fixtures/random.ts';
import { seed } from '../fixtures/seed.ts';

// Journals cut at any byte, files of another run, and clocks that were set: nothing is thrown, nothing passes that rests on a
// damaged file, and a healthy server is not accused by what is missing.

const healthy = new JournalCopy('v1-healthy', 'old');
const faulty = new JournalCopy('faulty', 'faulty');
const random = seeded(seed);

/** What is judged by samples of the server. The rest is judged by what was sent and answered. */
const ofServer: readonly CriterionId[] = [
  ...['worker-crashes' as const, 'memory-growth' as const, 'memory-leak' as const],
  ...['descriptors' as const, 'responsiveness' as const, 'cpu' as const],
];

function scenarioOf(file: string): BuiltInScenario {
  const [name = ''] = basename(file).split('.');
  return isBuiltIn(name) ? name : 'sustained';
}

const statusOf = (report: Report): Readonly<Record<string, string>> =>
  Object.fromEntries(report.findings.map(({ criterion, status }) => [criterion, status]));

const whole = new Map<JournalCopy, Map<BuiltInScenario, Readonly<Record<string, string>>>>();

/** What a scenario's whole files come to, which several tests compare with: judged once. */
function wholeStatus(journal: JournalCopy, scenario: BuiltInScenario): Readonly<Record<string, string>> {
  const known = whole.get(journal) ?? new Map<BuiltInScenario, Readonly<Record<string, string>>>();
  whole.set(journal, known);
  const status = known.get(scenario) ?? statusOf(journal.report(scenario));
  known.set(scenario, status);
  return status;
}

/** Of a file that is damaged: what rests on it does not pass, and what was right is not called wrong. */
function check(file: string, report: Report, before: Readonly<Record<string, string>>, what: string): void {
  const message = `${what}: ${report.findings.map(({ criterion, status, summary }) => `${criterion} ${status}: ${summary}`).join('\n')}`;
  const isMonitors = basename(file) === 'server.ndjson';
  for (const { criterion, status } of report.findings) {
    const rests = ofServer.some((id) => id === criterion) === isMonitors;
    if (rests && !/^not-/.test(status)) assert.ok(status === 'inconclusive' || status === before[criterion], message);
    if (rests) assert.notEqual(status, 'pass', message);
    if (status === 'fail') assert.equal(before[criterion], 'fail', message);
  }
  assert.ok(
    report.gaps.some((gap) => basename(gap.file) === (isMonitors ? 'local.ndjson' : basename(file))),
    message,
  );
}

for (const [name, journal, cuts] of [
  ['healthy', healthy, 2],
  ['faulty', faulty, 8],
] as const) {
  test(`a file of a ${name} run that is cut at any byte`, () => {
    for (const file of journal.files().filter((each) => each.endsWith('.ndjson'))) {
      const scenario = scenarioOf(name === 'faulty' ? 'rate-limit' : file);
      const before = wholeStatus(journal, scenario);
      for (let n = 0; n < cuts; n += 1) {
        let at = 0;
        const report = journal.reportWith(scenario, file, (was) => {
          at = Math.floor(random() * (was.length - 1));
          return was.subarray(0, at);
        });
        check(file, report, before, `${file} cut at byte ${at} (seed ${seed})`);
      }
    }
  });
}

test('a file of another run', () => {
  for (const file of healthy.files().filter((each) => each.endsWith('.ndjson'))) {
    const scenario = scenarioOf(file);
    const report = healthy.reportWith(scenario, file, (was) =>
      Buffer.from(was.toString().replace('"runId":"old"', '"runId":"other"')),
    );
    check(file, report, {}, file);
    assert.ok(
      report.gaps.some(({ problem }) => problem === 'it belongs to another run, "other"'),
      file,
    );
  }
});

test('a summary that is cut: the counts of the other files are compared all the same', () => {
  const cut = (was: Buffer): Buffer => was.subarray(0, was.length / 2);
  const report = healthy.reportWith('burst', join('k6', 'burst.summary.json'), cut);
  assert.deepEqual(report.gaps, [{ file: 'generators/k6-1/burst.summary.json', problem: 'it is not JSON' }]);
  const agreed = report.counts.filter(({ purpose }) => purpose === 'load').map(({ agree }) => agree);
  assert.ok(agreed.length > 0 && agreed.every((agree) => agree === true), JSON.stringify(report.counts));
});

test('run.json cut at any byte is refused in one line', () => {
  const text = readFileSync(join(healthy.folder, 'run.json'), 'utf8').trimEnd();
  const folder = mkdtempSync(join(tmpdir(), 'cut-'));
  for (let n = 0; n < 50; n += 1) {
    writeFileSync(join(folder, 'run.json'), text.slice(0, Math.floor(random() * text.length)));
    assert.equal(openJournal(folder).problem, 'it is not JSON');
  }
});

for (const hours of [1, -1]) {
  test(`the generator's wall clock was set by ${hours} h in mid-run: the time line does not bend`, () => {
    const { manifest } = openJournal(healthy.folder);
    for (const scenario of ['burst', 'rate-limit', 'sustained'] as const) {
      const stepped = healthy.report(scenario, { clockMovedUs: hours * 3_600_000_000 + (manifest?.clockMovedUs ?? 0) });
      assert.deepEqual(statusOf(stepped), wholeStatus(healthy, scenario), scenario);
    }
  });

  test(`the server's clock was set by ${hours} h in mid-run: no healthy server is accused`, () => {
    const file = join('k6', 'idempotency.requests.ndjson');
    let effects = 0;
    const report = healthy.reportWith('idempotency', file, (was) =>
      Buffer.from(
        was.toString().replace(/"processedAtUs":(\d+)/g, (text, us) => {
          effects += 1;
          return effects % 2 === 0 ? text : `"processedAtUs":${Number(us) + hours * 3_600_000_000}`;
        }),
      ),
    );
    assert.ok(effects > 100, `${effects} effects`);
    assert.deepEqual(
      report.findings.filter(({ status }) => status === 'fail').map(({ summary }) => summary),
      [],
    );
  });
}
