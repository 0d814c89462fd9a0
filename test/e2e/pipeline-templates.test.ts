import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { k6, root } from './stress.ts';

const read = (path: string): string => readFileSync(join(root, 'deploy', path), 'utf8');
const texts = z.record(z.string(), z.string());

const gitlabJob = z.strictObject({
  image: z.string(),
  variables: texts,
  script: z.array(z.string()),
  artifacts: z.strictObject({
    when: z.literal('always'),
    name: z.string(),
    paths: z.array(z.string()),
    reports: z.strictObject({ junit: z.string() }),
  }),
});
const gitlab = z.strictObject({
  '.webhook-stress': gitlabJob,
  '.webhook-stress-allow-inconclusive': z.strictObject({
    extends: z.literal('.webhook-stress'),
    allow_failure: z.strictObject({ exit_codes: z.literal(3) }),
  }),
});

const azureStep = z.union([
  z.strictObject({ script: z.string(), displayName: z.string(), env: texts }),
  z.strictObject({ task: z.string(), condition: z.string().optional(), inputs: texts }),
  z.strictObject({
    publish: z.string(),
    condition: z.literal('always()'),
    displayName: z.string(),
    artifact: z.string(),
  }),
]);
const azure = z.strictObject({ steps: z.array(azureStep) });

/** Files that a pattern of a pipeline names. */
function matching(pattern: string, checkout: string): readonly string[] {
  const list = ['-O', 'globstar', '-O', 'nullglob', '-c', `printf '%s\\n' ${pattern}`];
  return execFileSync('bash', list, { cwd: checkout, encoding: 'utf8' }).trim().split('\n');
}

describe('templates for pipelines, from the checkout of another repository, with the package as npm gets it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'templates-'));
  let tarball = '';

  before(() => {
    const text = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' });
    const [pack] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(text));
    tarball = join(folder, pack?.filename ?? '');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A script as a pipeline starts it. */
  function carryOut(shell: readonly string[], script: string, env: Readonly<Record<string, string>>) {
    const checkout = mkdtempSync(join(folder, 'checkout-'));
    const [program = '', ...options] = shell;
    const { status, stdout, stderr } = spawnSync(program, [...options, '-c', script], {
      cwd: checkout,
      encoding: 'utf8',
      env: {
        ...process.env,
        CI: 'true',
        K6_BIN: k6,
        npm_config_prefer_offline: 'true',
        ...env,
        STRESS_PACKAGE: tarball,
      },
    });
    return { status, output: stdout + stderr, checkout };
  }

  test('GitLab: a broken server fails the job, with JUnit and report where the job says', () => {
    const { '.webhook-stress': job } = gitlab.parse(parse(read('gitlab/webhook-stress.gitlab-ci.yml')));
    const { status, output, checkout } = carryOut(['bash', '-eo', 'pipefail'], job.script.join('\n'), {
      ...job.variables,
      STRESS_ARGS: "burst --fault 'duplicate-twice' --run-id r",
    });
    assert.equal(status, 1, output);
    assert.deepEqual(matching(job.artifacts.reports.junit, checkout), ['stress-reports/r/junit.xml']);
    assert.match(readFileSync(join(checkout, 'stress-reports/r/junit.xml'), 'utf8'), /<failure type="fail"/);
    assert.deepEqual(job.artifacts.paths, ['stress-reports/']);
  });

  test('Jenkins: a healthy server passes the stage, and what an earlier run left is no result of this one', () => {
    const text = read('jenkins/Jenkinsfile');
    const [, script = ''] = /sh returnStatus: true, script: '''\n(.*?)'''/s.exec(text) ?? [];
    assert.doesNotMatch(script, /\\/, 'Groovy takes a backslash for its own');
    const { status, output, checkout } = carryOut(['sh', '-xe'], script, { STRESS_ARGS: 'burst --run-id r' });
    assert.equal(status, 0, output);
    const [, results = ''] = /testResults: '([^']*)'/.exec(text) ?? [];
    assert.deepEqual(matching(results, checkout), ['stress-reports/r/junit.xml']);
    const [, artifacts = ''] = /artifacts: '([^']*)'/.exec(text) ?? [];
    assert.ok(matching(artifacts, checkout).includes('stress-reports/r/report.html'));
    assert.match(script, /^\s*rm -rf stress-reports\n/);
  });

  test('Azure: bad configuration fails the step with 2, and each later step runs all the same', () => {
    const { steps } = azure.parse(parse(read('azure/azure-pipelines.yml')));
    const step = steps.find((one) => 'script' in one);
    assert.ok(step !== undefined && 'script' in step);
    const env = Object.fromEntries(
      Object.entries(step.env).map(([name, value]) => [name, value.replace('$(Agent.TempDirectory)', folder)]),
    );
    const { status, output } = carryOut(['bash', '--noprofile', '--norc'], step.script, {
      ...env,
      STRESS_ARGS: 'burts',
    });
    assert.equal(status, 2, output);
    assert.match(output, /Unknown scenario “burts”/);
    const later = steps.slice(steps.indexOf(step) + 1);
    assert.ok(later.length === 2 && later.every((one) => 'condition' in one && one.condition === 'always()'));
  });
});
