import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPipeline } from '../../cli/environment.ts';
import { GithubStep } from '../../cli/run/github-step.ts';

const built = { verdict: 'fail', annotations: '::error title=x::y\n' };

function step(summarized = '') {
  const folder = mkdtempSync(join(tmpdir(), 'github-step-'));
  const [outputFile, summaryFile] = [join(folder, 'output'), join(folder, 'summary')];
  writeFileSync(outputFile, '');
  writeFileSync(summaryFile, summarized);
  let log = '';
  const tell = (text: string): void => {
    log += text;
  };
  const read = () => ({ log, output: readFileSync(outputFile, 'utf8'), summary: readFileSync(summaryFile, 'utf8') });
  return { folder, read, tell, github: new GithubStep({ outputFile, summaryFile }, tell) };
}

test('only GitHub sets GITHUB_ACTIONS to true', () => {
  assert.equal(readPipeline({ GITHUB_OUTPUT: 'o' }).github, null);
  assert.deepEqual(readPipeline({ GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: 'o' }).github, {
    outputFile: 'o',
    summaryFile: null,
  });
});

test('a report: annotations, verdict, where it is, and its Markdown after what the summary holds', () => {
  const { folder, github, read } = step('before\n');
  writeFileSync(join(folder, 'report.html'), '');
  writeFileSync(join(folder, 'report.md'), '# Failed\n');
  github.tellReport(built, folder);
  assert.deepEqual(read(), {
    log: built.annotations,
    output: `verdict=fail\nreport=${join(folder, 'report.html')}\n`,
    summary: 'before\n# Failed\n',
  });
});

test('a report that the disk refused has a verdict all the same', () => {
  const { folder, github, read } = step();
  github.tellReport(built, folder);
  assert.deepEqual([read().output, read().summary], ['verdict=fail\n', '']);
});

test('several runs in one step keep within 1 MiB of summary', () => {
  const { folder, github, read } = step('x'.repeat(2 ** 20 - 500));
  writeFileSync(join(folder, 'report.md'), 'row\n'.repeat(1000));
  github.tellReport(built, folder);
  github.tellReport(built, folder);
  const size = Buffer.byteLength(read().summary);
  assert.ok(size <= 2 ** 20 && size > 2 ** 20 - 100, String(size));
});

test('an error is one annotation and a summary, and an output is one line', () => {
  const { github, read } = step();
  github.tellError('run: <b> is\n::unknown');
  github.output('folder', '/a\nverdict=pass');
  const { log, output, summary } = read();
  assert.equal(log, '::error title=webhook-stress::run: <b> is%0A::unknown\n');
  assert.equal(output, 'folder=/a verdict=pass\n');
  assert.match(summary, /^# webhook-stress wrote no report\n\nrun: &#60;b&#62; is {2}\n/);
});

test('files that cannot be written are told, and end nothing', () => {
  const { folder, tell, read } = step();
  const github = new GithubStep({ outputFile: folder, summaryFile: null }, tell);
  github.output('verdict', 'pass');
  github.tellError('x');
  assert.match(
    read().log,
    /^::warning title=webhook-stress::GITHUB_OUTPUT: EISDIR.*\n::error title=webhook-stress::x\n$/,
  );
});
