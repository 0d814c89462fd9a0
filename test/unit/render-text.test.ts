import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold } from '../../analysis/verdict.ts';
import { allQuestions, ownQuestion, questions } from '../../contract/report/criteria.ts';
import type { Finding, Report } from '../../contract/report/report.ts';
import { renderHtml } from '../../render/html.ts';
import { renderMarkdown } from '../../render/markdown.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { reports } from '../fixtures/report.ts';

const reportPath = 'reports/\u001b[2Jrun/report.html';
const escapeCode = '\u001b';

for (const [name, report] of Object.entries(reports)) {
  test(`${name}: without color the terminal gets printable characters and line breaks only`, () => {
    const text = renderTerminal(report, { color: false, width: 80, reportPath });
    assert.match(text, /^(?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\n)*$/u);
    assert.ok(text.endsWith('  report: reports/ [2Jrun/report.html'));
  });

  test(`${name}: with color it gets besides them only colors, and the same text`, () => {
    const text = renderTerminal(report, { color: true, width: 80, reportPath });
    const bare = text.replaceAll(new RegExp(`${escapeCode}\\[(0|(1;)?(3[1-5]|90))m`, 'g'), '');
    assert.equal(bare, renderTerminal(report, { color: false, width: 80, reportPath }));
    assert.ok(text.includes(`${escapeCode}[`));
  });
}

test('a page that was not written is not named', () => {
  const text = renderTerminal(reports.failing, { color: false, width: 80, reportPath: null });
  assert.doesNotMatch(text, /^ *report:/m);
  assert.equal(`${text}\n\n  report: r`, renderTerminal(reports.failing, { color: false, width: 80, reportPath: 'r' }));
});

test('a warning that --strict makes fail has the sign of a failure, whatever else is open', () => {
  const { healthy } = reports;
  const findings = healthy.findings.map((finding, n) => ({
    ...finding,
    status: n === 0 ? ('warn' as const) : n === 1 ? ('inconclusive' as const) : finding.status,
  }));
  const report = { ...healthy, findings, ...fold(findings, { interrupted: false, strict: true }), strict: true };
  assert.equal(report.verdict, 'inconclusive');
  assert.match(renderTerminal(report, { color: false, width: 200, reportPath }), /^\n✗ Failed: /);
  assert.match(renderMarkdown(report), /^# ✗ Failed: /);
  assert.match(
    renderHtml(report, { script: '', style: '' }),
    /<title>✗ fail: .*<span aria-hidden="true">✗<\/span> fail<\/span>/s,
  );
});

test('evidence that is a gap is told among the gaps alone, by its place, whatever its words', () => {
  const { healthy } = reports;
  const [first] = healthy.findings;
  assert.ok(first !== undefined);
  const gap = { file: 'k6/a.ndjson', problem: 'torn' };
  const words = 'k6/a.ndjson: torn';
  const shownOf = (evidenceInGaps: readonly number[]): readonly number[] => {
    const findings = [{ ...first, status: 'inconclusive' as const, evidence: [words, words], evidenceInGaps }];
    const report = { ...healthy, findings, gaps: [gap] };
    const texts = [renderTerminal(report, { color: false, width: 200, reportPath }), renderMarkdown(report)];
    return texts.map((text) => text.split(words).length - 1);
  };
  assert.deepEqual(shownOf([]), [3, 3]);
  assert.deepEqual(shownOf([1]), [2, 2]);
  assert.deepEqual(shownOf([0, 1]), [1, 1]);
});

test('own thresholds are among the answers at the top of the page, if there are any', () => {
  const { healthy } = reports;
  const [first] = healthy.findings;
  assert.ok(first !== undefined);
  const missed: Finding = { ...first, question: ownQuestion, status: 'fail' };
  const answersOf = (findings: Report['findings']) =>
    [...renderHtml({ ...healthy, findings }, { script: '', style: '' }).matchAll(/<span class="asked">([^<]*)</g)].map(
      ([, asked]) => asked,
    );
  assert.deepEqual(answersOf(healthy.findings), [...questions]);
  assert.deepEqual(answersOf([...healthy.findings, missed]), [...allQuestions]);
});

const unwrapped = (text: string): string => text.replace(/\s+/g, ' ');

for (const width of [60, 80, 200]) {
  test(`on ${width} columns lines keep to the width, and no word is lost`, () => {
    const text = renderTerminal(reports.failing, { color: false, width, reportPath });
    for (const line of text.split('\n')) {
      const [longest = 0] = line
        .trim()
        .split(' ')
        .map(({ length }) => length)
        .sort((a, b) => b - a);
      assert.ok(line.length <= Math.max(width, longest + 8), line);
    }
    const shown = unwrapped(text);
    for (const { title, status, summary, evidence, advice } of reports.failing.findings) {
      if (status === 'not-run' || status === 'not-applicable') continue;
      assert.ok(shown.includes(unwrapped(`${title} ${summary}`)), title);
      const decided = status === 'fail' || status === 'inconclusive' ? evidence.slice(0, 3) : [];
      const isAdvised = status === 'fail' || status === 'warn';
      for (const line of [...decided, ...(isAdvised ? advice.slice(0, 1).map((line) => `→ ${line}`) : [])]) {
        assert.ok(shown.includes(unwrapped(line)), line);
      }
    }
  });
}

test('the terminal has the criteria worst first, each on a line with its status, and what was not judged in one', () => {
  const [first] = reports.failing.findings;
  assert.ok(first !== undefined);
  const order = ['not-run', 'pass', 'not-applicable', 'warn', 'fail', 'not-run', 'inconclusive', 'fail'] as const;
  const findings = order.map((status, n) => ({
    ...first,
    status,
    title: `Criterion ${n}`,
    advice: ['this', 'or that'],
  }));
  const lines = renderTerminal({ ...reports.failing, findings }, { color: false, width: 80, reportPath }).split('\n');
  assert.deepEqual(
    lines.flatMap((line) => /^ {2}(\S .+? {2}Criterion \d)/.exec(line)?.[1] ?? []),
    [
      '✗ fail  Criterion 4',
      '✗ fail  Criterion 7',
      '? inconclusive  Criterion 6',
      '! warn  Criterion 3',
      '✓ pass  Criterion 1',
      '– not applicable  Criterion 2',
      '· not run  Criterion 0',
    ],
  );
  assert.equal(lines.filter((line) => line === '      → this').length, 3);
  assert.ok(!lines.some((line) => line.includes('or that')));
});

test('what decided a failed criterion stands below it, and a line that goes on stands further to the right', () => {
  const [first] = reports.failing.findings;
  assert.ok(first !== undefined);
  const evidence = ['word '.repeat(40).trim(), `/a/${'path'.repeat(40)} is whole`];
  const text = renderTerminal(
    { ...reports.failing, findings: [{ ...first, status: 'fail', evidence, advice: [] }] },
    { color: false, width: 80, reportPath },
  );
  assert.match(text, /\n {6}word( word)+\n {8}word( word)+\n/);
  assert.ok(text.includes(`\n      /a/${'path'.repeat(40)}\n        is whole\n`));
});

test('hostile text adds no line to Markdown and begins nothing in it', () => {
  const hostileLines = renderMarkdown(reports.hostile).split('\n');
  const tables = hostileLines.filter((line) => line.startsWith('|'));
  assert.equal(tables.length, 2 + reports.hostile.findings.length + 2 + reports.hostile.scenarios.length);
  const columns = new Set(tables.map((line) => line.split('|').length));
  assert.deepEqual([...columns].sort(), [6, 11].sort());
  for (const line of hostileLines) {
    const text = line
      .replaceAll(/&#\d+;/g, '')
      .replace(/^\|.*\|$/, (row) => row.replaceAll('|', ''))
      .replace(/^(#+|-) /, '')
      .replace(/^\*\*(What to look at)\*\*$/, '$1');
    assert.doesNotMatch(text, /[<>`*_[\]#|~@$\\&]|:\/\/|www\./, line);
  }
});

test('Markdown names every criterion, the evidence and advice of the failed ones, and what is missing', () => {
  const text = renderMarkdown(reports.failing);
  for (const { title } of reports.failing.findings) assert.ok(text.includes(`| ${title} |`), title);
  for (const heading of ['## ✗ Worker crashes: fail', '## ? Exactly once: inconclusive', '## ! Error rate: warn']) {
    assert.ok(text.includes(`\n${heading}\n`), heading);
  }
  assert.ok(text.includes('- worker 203 (python uvicorn) exited at 41.6 s'));
  assert.ok(text.includes('- is the limiter switched on for this route?'));
  assert.ok(text.includes('- generators/k6-1/idempotency.requests.ndjson: it has no end line'));
  assert.ok(!text.includes('## ✓'));
});

test('Markdown stays below 1 MiB, whatever the report holds, and says that it was cut', () => {
  const gaps = Array.from({ length: 5000 }, (_, n) => ({ file: `k6/${n}.ndjson`, problem: '|'.repeat(200) }));
  const text = renderMarkdown({ ...reports.failing, gaps });
  assert.ok(Buffer.byteLength(text) < 2 ** 20);
  assert.match(text, /\n\n_Cut here: report\.html and report\.json hold the rest\._\n$/);
  assert.doesNotMatch(renderMarkdown(reports.failing), /Cut here/);
});

const beginnings: readonly (readonly [text: string, line: string])[] = [
  ['- item', '- &#45; item'],
  ['+ item', '- &#43; item'],
  ['+3.9 MB', '- +3.9 MB'],
  ['---', '- &#45;--'],
  ['===', '- &#61;=='],
  ['1. item', '- 1&#46; item'],
  ['12) item', '- 12&#41; item'],
  ['93.9%', '- 93.9%'],
  ['    code', '- code'],
  ['a\n\n# b', '- a  &#35; b'],
];

for (const [text, line] of beginnings) {
  test(`Markdown begins nothing at ${JSON.stringify(text)}`, () => {
    const findings = reports.failing.findings.map((finding) => ({ ...finding, evidence: [text] }));
    const lines = renderMarkdown({ ...reports.failing, findings }).split('\n');
    assert.ok(
      lines.includes(line),
      lines.find((other) => other.startsWith('- ')),
    );
  });
}
