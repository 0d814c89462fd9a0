import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcile } from '../../analysis/counts.ts';
import { gapOf, gapOfFile, type JournalGap } from '../../analysis/journal/journal-gap.ts';
import { unfinished } from '../../analysis/journal/unfinished.ts';
import { buildReport } from '../../analysis/report.ts';
import { criterionIds, rules } from '../../analysis/rules/registry.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { fold, judge } from '../../analysis/verdict.ts';
import { journalFiles, localGenerator, localMonitor } from '../../contract/journal/paths.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import type { Finding } from '../../contract/report/report.ts';
import { ledgerOf, runOf, serverOf } from '../fixtures/run.ts';

function findings(...statuses: readonly Status[]): readonly Finding[] {
  return rules.map(({ id, title, question, thresholds }, n) => ({
    criterion: id,
    title,
    question,
    status: statuses[n] ?? 'pass',
    summary: '',
    measures: [],
    thresholds: thresholds(defaultThresholds),
    evidence: [],
    advice: [],
    parts: [],
  }));
}

const cases: readonly (readonly [readonly Status[], { interrupted?: boolean; strict?: boolean }, string, number])[] = [
  [['pass'], {}, 'pass', 0],
  [['warn'], {}, 'warn', 0],
  [['warn'], { strict: true }, 'warn', 1],
  [['fail'], {}, 'fail', 1],
  [['inconclusive'], {}, 'inconclusive', 3],
  [['inconclusive', 'fail'], {}, 'fail', 1],
  [['inconclusive', 'warn'], {}, 'inconclusive', 3],
  [['inconclusive', 'warn'], { strict: true }, 'inconclusive', 1],
  [['not-run', 'not-applicable'], {}, 'pass', 0],
  [['fail'], { interrupted: true }, 'fail', 130],
  [['pass'], { interrupted: true }, 'pass', 130],
];

for (const [statuses, { interrupted = false, strict = false }, verdict, exitCode] of cases) {
  test(`verdict of ${statuses.join(' + ')}${strict ? ', strict' : ''}${interrupted ? ', interrupted' : ''}`, () => {
    const folded = fold(findings(...statuses), { interrupted, strict });
    assert.deepEqual([folded.verdict, folded.exitCode], [verdict, exitCode]);
  });
}

test('nothing judged is no pass', () => {
  const folded = fold(findings(...criterionIds.map(() => 'not-run' as const)), { interrupted: false, strict: false });
  assert.deepEqual([folded.verdict, folded.exitCode], ['inconclusive', 3]);
});

const calm = () => ledgerOf(Array.from({ length: 200 }, (_, n) => ({ atMs: n * 200, outcome: 'accepted' as const })));

test('every criterion is present, in order, and those outside the command are not run', () => {
  const run = runOf([{ name: 'hft', ledger: calm() }], { server: serverOf(60_000) });
  const judged = judge(run, []);
  assert.deepEqual(
    judged.map(({ criterion }) => criterion),
    criterionIds,
  );
  const status = Object.fromEntries(judged.map((finding) => [finding.criterion, finding.status]));
  assert.equal(status['memory-leak'], 'not-run');
  assert.equal(status['p95-response-time'], 'not-run');
  assert.equal(status['success-rate'], 'pass');
});

test('a gap in the journal turns a pass into inconclusive, and leaves a proof of failure standing', () => {
  const run = runOf([{ name: 'hft', ledger: calm() }], { server: serverOf(60_000) });
  const gaps = [{ file: journalFiles.ledger(localGenerator, 'hft'), problem: 'it has no end line' }];
  const finding = judge(run, gaps).find(({ criterion }) => criterion === 'success-rate');
  assert.equal(finding?.status, 'inconclusive');
  assert.match(finding?.evidence[0] ?? '', /requests\.ndjson: it has no end line/);
  assert.deepEqual(finding?.evidenceInGaps, [0]);

  const broken = ledgerOf(Array.from({ length: 40 }, (_, n) => ({ atMs: n * 5, outcome: 'accepted' as const })));
  const failing = judge(runOf([{ name: 'hft', ledger: broken }], { server: serverOf(60_000) }), gaps);
  assert.equal(failing.find(({ criterion }) => criterion === 'rate-limiter')?.status, 'fail');
});

test('evidence that is marked as a gap is what the report lists among its gaps, and no other', () => {
  const server = serverOf(60_000);
  const gaps = [
    gapOfFile(journalFiles.ledger(localGenerator, 'hft'), unfinished.noEndLine),
    gapOfFile(journalFiles.monitor(localMonitor), unfinished.missing),
  ];
  const run = { ...runOf([{ name: 'hft', ledger: calm() }], { server }), gaps };
  const report = buildReport(run, { strict: false, now: new Date(0) });
  const listed = new Set(report.gaps.map(({ file, problem }) => `${file}: ${problem}`));
  let marked = 0;
  for (const { criterion, evidence, evidenceInGaps = [] } of report.findings) {
    marked += evidenceInGaps.length;
    const expected = evidence.flatMap((text, place) => (listed.has(text) ? [place] : []));
    assert.deepEqual(evidenceInGaps, expected, criterion);
  }
  assert.ok(marked > 1);
});

test('what is missing is named by its file where it calls the file "it"', () => {
  const run = runOf([{ name: 'hft', ledger: calm() }], { server: serverOf(60_000) });
  const file = journalFiles.ledger(localGenerator, 'hft');
  const summaryWith = (gap: JournalGap): string =>
    judge(run, [gap]).find(({ criterion }) => criterion === 'success-rate')?.summary ?? '';
  for (const problem of [unfinished.missing, unfinished.tornLine]) {
    assert.ok(summaryWith(gapOfFile(file, problem)).includes(`(${file}: ${problem.text})`));
  }
  assert.ok(summaryWith(gapOf(file, { text: 'k6 was ended by SIGKILL' })).includes('(k6 was ended by SIGKILL)'));
});

test('advice comes with warnings and failures only', () => {
  const run = runOf([{ name: 'hft', ledger: calm() }], { server: null });
  for (const finding of judge(run, [])) {
    assert.equal(finding.advice.length > 0, finding.status === 'fail' || finding.status === 'warn', finding.criterion);
  }
});

test('counts: sources that disagree are a gap, and the server is compared where every effect is known', () => {
  const ledger = ledgerOf([
    { atMs: 0, outcome: 'accepted' },
    { atMs: 500, outcome: 'limited' },
  ]);
  const base = runOf([{ name: 'hft', ledger }]);
  const [scenario] = base.scenarios;
  assert.ok(scenario?.timeline);
  const counts = (accepted: number) =>
    new Map([
      [
        'load' as const,
        new Map([
          ['accepted' as const, accepted],
          ['limited' as const, 1],
        ]),
      ],
    ]);
  const withCounts = (timelineAccepted: number, serverAccepted: number) =>
    reconcile({
      ...base,
      manifest: { ...base.manifest, serverCounts: { load: { accepted: serverAccepted, limited: 1 } } },
      scenarios: [
        {
          ...scenario,
          summary: counts(1),
          timeline: { ...scenario.timeline, counts: counts(timelineAccepted) } as typeof scenario.timeline,
        },
      ],
    });
  assert.deepEqual(withCounts(1, 1).gaps, []);
  assert.ok(withCounts(1, 1).rows.every(({ agree }) => agree === true));
  assert.match(withCounts(2, 1).gaps[0]?.problem ?? '', /load accepted: k6 summary 1, timeline 2, ledger 1, server 1/);
  assert.equal(withCounts(1, 2).gaps.length, 1);
});

test('what was cut off on purpose the server may have counted under any outcome, and no more than that', () => {
  const cut = { atMs: 5, outcome: 'abandoned', status: 0, signal: 'cut' } as const;
  const ledger = ledgerOf([{ atMs: 0, outcome: 'accepted', signal: 'cut' }, cut, { ...cut, atMs: 9 }]);
  const base = runOf([{ name: 'redelivery', ledger }]);
  const agreed = (server: Readonly<Record<string, number>>) =>
    reconcile({ ...base, manifest: { ...base.manifest, serverCounts: { load: server } } }).gaps.length === 0;
  assert.deepEqual([{ accepted: 1 }, { accepted: 2, duplicate: 1 }, { accepted: 3 }].map(agreed), [true, true, true]);
  assert.deepEqual([{}, { accepted: 4 }, { accepted: 1, failed: 3 }].map(agreed), [false, false, false]);
});

test('a rule that throws is one inconclusive finding with the error, and the others stand', () => {
  const [first, second] = rules;
  const broken: Rule = {
    ...first,
    judge: () => {
      throw new Error('no such column');
    },
  };
  const run = runOf([{ name: 'hft', ledger: calm() }], { server: serverOf(60_000) });
  const judged = judge(run, [], [broken, second, successRate]);
  assert.deepEqual(
    judged.map(({ criterion, status }) => [criterion, status]),
    [
      ['worker-crashes', 'inconclusive'],
      ['memory-growth', 'not-run'],
      ['success-rate', 'pass'],
    ],
  );
  assert.match(judged[0]?.summary ?? '', /bug in webhook-stress.*: no such column$/);
  assert.match(judged[0]?.evidence[0] ?? '', /^at .*verdict\.test\.ts/);
});

test('a strict run with warnings says in its headline that it failed, as its exit code does', () => {
  const strict = fold(findings('warn'), { interrupted: false, strict: true });
  assert.equal(strict.exitCode, 1);
  assert.equal(strict.headline, 'Failed: Worker crashes (1 warning of 16 criteria; --strict makes warnings fail).');
  assert.match(fold(findings('warn'), { interrupted: false, strict: false }).headline, /^Passed with 1 warning: /);
  assert.match(
    fold(findings('fail', 'warn', 'inconclusive'), { interrupted: false, strict: true }).headline,
    /^Failed: Worker crashes \(1 of 16 criteria; 1 inconclusive; 1 warning, which --strict makes fail\)\.$/,
  );
});

test('every rule that judges gives measures with names of their own', () => {
  const run = runOf([{ name: 'hft', ledger: calm() }], { server: serverOf(60_000) });
  for (const { criterion, status, measures } of judge(run, [])) {
    const names = measures.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, criterion);
    if (status === 'pass' || status === 'fail' || status === 'warn') assert.ok(names.length > 0, criterion);
  }
});
