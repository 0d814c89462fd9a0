import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const action = readFileSync(join(root, 'action.yml'), 'utf8');

/** The `run: |` block of the step with this name, as the pipeline's shell gets it. */
function runBlock(name: string): string {
  const lines = action.split('\n');
  const step = lines.indexOf(`    - name: ${name}`);
  assert.notEqual(step, -1, `the action has no step ${name}`);
  const start = lines.indexOf('      run: |', step);
  assert.notEqual(start, -1, `step ${name} runs nothing`);
  const block: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line !== '' && !line.startsWith('        ')) break;
    block.push(line.slice(8));
  }
  return block.join('\n');
}

/**
 * Runs the action's blocks in their order, as GitHub does: in a checkout of another repository, each with `bash -e`, outputs and
 * inputs handed over in the environment.
 */
function pipeline(inputs: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
  const [output, summary, reports] = [join(folder, 'output'), join(folder, 'summary'), join(folder, 'reports')];
  writeFileSync(output, '');
  writeFileSync(summary, '');
  const step = (name: string, env: Readonly<Record<string, string>>) =>
    spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', runBlock(name)], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        STRESS_REPORTS: reports,
        STRESS_ACTION: root,
        ...env,
      },
    });
  const none = { STRESS_SCENARIOS: '', STRESS_PROFILE_INPUT: '', STRESS_BASE_URL: '', STRESS_ARGS: '' };
  const run = step('Run', { ...none, ...inputs });
  const status = /^status=(\d+)$/m.exec(readFileSync(output, 'utf8'))?.[1] ?? '';
  const summaryStep = step('Summary', {});
  const verdict = step('Verdict', { STRESS_STATUS: status });
  return { run, summaryStep, verdict, summary: readFileSync(summary, 'utf8'), reports };
}

test('pipeline step: a healthy run is green, its summary and its artifacts are there', () => {
  const { run, summaryStep, verdict, summary, reports } = pipeline({
    STRESS_SCENARIOS: 'burst',
    STRESS_ARGS: '--run-id p1',
  });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.equal(summaryStep.status, 0, summaryStep.stderr);
  assert.equal(verdict.status, 0);
  assert.match(summary, /^# .*Passed/);
  assert.ok(existsSync(join(reports, 'p1', 'report.html')));
});

test('pipeline step: a broken server is red, and the report is kept all the same', () => {
  const { run, verdict, summary } = pipeline({ STRESS_SCENARIOS: 'burst', STRESS_ARGS: '--fault duplicate-twice' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.equal(verdict.status, 1);
  assert.match(summary, /Failed: /);
});

test('pipeline step: bad input is red, no shell word of it runs, and the summary says that there is no report', () => {
  const { verdict, summary } = pipeline({ STRESS_SCENARIOS: '$(exit 0) nonsense' });
  assert.equal(verdict.status, 2);
  assert.match(summary, /wrote no report/);
});

test('pipeline step: inputs reach shells through the environment only', () => {
  for (const name of ['Run', 'Summary', 'Verdict']) assert.equal(runBlock(name).includes('${{'), false, name);
});
