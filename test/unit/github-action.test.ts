import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { action, actionSchema, type Step } from '../fixtures/github-action.ts';
import { evaluate, expressionsIn, namesIn } from '../fixtures/github-expressions.ts';

const { steps } = action.runs;
const text = readFileSync(join(import.meta.dirname, '..', '..', 'action.yml'), 'utf8');

/** Outputs that actions of others set, by the id of the step. */
const ofOthers: Readonly<Record<string, readonly string[]>> = { k6: ['cache-hit'] };
/** What `webhook-stress run` writes to GITHUB_OUTPUT. */
const ofRun = ['verdict', 'exit-code', 'folder', 'report'];

const isSet = ({ id = '', run = '' }: Step, output: string): boolean =>
  (ofOthers[id] ?? []).includes(output) ||
  run.includes(`${output}=`) ||
  (run.includes('"$STRESS_COMMAND" run') && ofRun.includes(output));

test('action.yml: each step runs a script in a shell, or uses an action of a fixed version', () => {
  for (const { run, uses, shell, env, with: given } of steps) {
    if (run === undefined) assert.match(uses ?? '', /^actions\/[\w-]+@v\d+$/);
    else assert.deepEqual([uses, shell, given], [undefined, 'bash', undefined]);
    assert.ok(run !== undefined || env === undefined);
  }
  const ids = steps.flatMap(({ id }) => id ?? []);
  assert.equal(new Set(ids).size, ids.length);
});

test('action.yml: what callers write reaches shells through the environment only', () => {
  for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/);
});

test('action.yml: every name in an expression is there', () => {
  const conditions = steps.flatMap(({ if: condition }) => condition ?? []);
  const names = [...expressionsIn(text), ...conditions].flatMap(namesIn);
  assert.ok(names.length > 20);
  for (const name of names.filter((one) => one !== 'always()')) {
    const [context, key = '', , output = ''] = name.split('.');
    if (context === 'inputs') assert.ok(key in action.inputs, name);
    else if (context === 'steps') {
      const step = steps.find(({ id }) => id === key);
      assert.ok(step !== undefined && isSet(step, output), name);
    } else
      assert.ok(
        ['github.action_path', 'github.job', 'strategy.job-index', 'runner.os', 'runner.arch'].includes(name),
        name,
      );
  }
  for (const input of Object.keys(action.inputs)) assert.ok(names.includes(`inputs.${input}`), `${input} is used`);
});

test('action.yml: the check refuses what GitHub would refuse', () => {
  const base = parse(text) as Record<string, unknown>;
  for (const wrong of [
    { ...base, input: {} },
    { ...base, runs: { using: 'composite', steps: [{ run: 'true', shell: 'bash', timeout: 5 }] } },
    { ...base, inputs: { 'base url': { description: '' } } },
    { ...base, outputs: { verdict: { description: '' } } },
  ]) {
    assert.equal(actionSchema.safeParse(wrong).success, false);
  }
});

test('expressions read as GitHub reads them', () => {
  const contexts = { inputs: { a: 'x', none: '' }, steps: { s: { outputs: { o: 'y' } } } };
  const value = (expression: string): string => evaluate(expression, contexts);
  assert.equal(value("inputs.none || 'b''c'"), "b'c");
  assert.equal(value('inputs.a || steps.s.outputs.o'), 'x');
  assert.equal(value("inputs.a == 'x' && steps.s.outputs.o != 'y'"), '');
  assert.equal(value("always() && steps.none.outputs.o == ''"), 'true');
  assert.throws(() => value('inputs.a + 1'), /not understood/);
});
