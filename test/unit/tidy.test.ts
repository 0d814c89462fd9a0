import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { defaultLogin } from '../../contract/profile/default-login.ts';
import { defaultMonitoringPaths } from '../../contract/profile/monitoring-paths.ts';
import { readAllowed } from '../tidy/allowed.ts';
import { isTest, repository, scripts } from '../tidy/files.ts';
import { goFunctions } from '../tidy/go.ts';
import { importCycles, upwardImports } from '../tidy/layers.ts';
import { checkNames, measure } from '../tidy/measure.ts';
import { readSyntax } from '../tidy/syntax.ts';

const offenders = measure();
const allowed = readAllowed();

const advice: Readonly<Record<(typeof checkNames)[number], string>> = {
  'file-lines': 'a file has at most 300 lines: one noun or one rule each',
  'page-lines':
    'a page has at most 300 lines: split it by its subjects, and list them in an index (docs/decisions.md does)',
  'function-lines': 'a function has at most 60 lines',
  parameters: 'a function has at most 4 parameters: give it one object',
  'upward-imports': 'test/tidy/layers.ts says which folder may import which',
  'import-cycles': 'files must not import each other in a circle, types included',
  'spread-into-max': 'a spread of 150,000 samples throws: use reduce',
  'old-words': 'the vocabulary has another word for it',
};

for (const check of checkNames) {
  test(`tidy: ${check}`, () => {
    const problems = [...offenders[check]].filter(([key, size]) => size > (allowed[check]?.[key] ?? 0));
    assert.deepEqual(problems, [], `${advice[check]}; test/tidy/allowed.json lists what was there before`);
  });
}

test('tidy: every scenario is in the Makefile, in docs/scenarios.md and in the help', () => {
  const text = (path: string) => readFileSync(join(repository, path), 'utf8');
  const targets = execFileSync('make', ['-s', 'scenarios'], { cwd: repository, encoding: 'utf8' }).trim().split(/\s+/);
  assert.deepEqual(targets.sort(), [...scenarioNames].sort());
  const page = text('docs/scenarios.md');
  const help = execFileSync(process.execPath, [join(repository, 'dist/cli/webhook-stress.js'), 'run', '--help'], {
    encoding: 'utf8',
  });
  for (const name of scenarioNames) {
    assert.match(page, new RegExp(`^\\|? ?\`?${name}\\b`, 'm'), 'docs/scenarios.md');
    assert.match(help, new RegExp(`\\b${name}\\b`), 'webhook-stress run --help');
  }
});

test('tidy: one place on each side reads the environment', () => {
  // What publishes packages and what measures are programs of their own.
  const isApart = (path: string): boolean => isTest(path) || /^(?:bundle|bench)\//.test(path);
  const reads = /\bprocess\s*(?:\?\.|\.)\s*env\b|\benv\b[^{}\n]*\} = process\b|from 'node:process'|\b__ENV\b/;
  assert.deepEqual(
    scripts.filter(({ path, text }) => !isApart(path) && reads.test(text)).map(({ path }) => path),
    ['lib/environment.ts', 'cli/environment.ts'],
  );
});

test('tidy: defaults that several parts use are declared once', () => {
  const values = [...Object.values(defaultMonitoringPaths), ...Object.values(defaultLogin)];
  // An example of an address for a field of its format is no log-in.
  const isOurs = (path: string): boolean => !isTest(path) && path !== 'cli/init/field-words.ts';
  for (const value of values) {
    const holders = scripts.filter(({ path, text }) => isOurs(path) && text.includes(value));
    assert.equal(holders.length, 1, `${value} stands in ${holders.map(({ path }) => path).join(', ')}`);
  }
});

test('tidy: the subject of a commit has at most 72 characters', () => {
  const log = (range: readonly string[]) =>
    spawnSync('git', ['log', '--no-merges', '--format=%s', ...range], { cwd: repository, encoding: 'utf8' });
  // A shallow clone has only the newest commit; an export has none.
  const known = log(['38d9892..HEAD']);
  const subjects = (known.status === 0 ? known : log(['-1'])).stdout.split('\n');
  assert.deepEqual(
    subjects.filter((subject) => subject.length > 72),
    [],
  );
});

test('tidy: the checks find what they are for', () => {
  const { functions, imports, spreads } = readSyntax([
    {
      path: 'lib/a.ts',
      text: "import { b } from './b.ts';\nexport class A {\n  run(a, b, c, d, e) {\n    return b;\n  }\n}",
    },
    { path: 'lib/b.ts', text: "import type { A } from './a.ts';\nimport '../cli/main.ts';\nMath.max(...[1]);" },
  ]);
  assert.deepEqual(
    functions.map(({ key, lines, parameters }) => [key, lines, parameters]),
    [['lib/a.ts A.run', 3, 5]],
  );
  assert.deepEqual(importCycles(imports), ['lib/a.ts → lib/b.ts → lib/a.ts']);
  assert.deepEqual(upwardImports(imports), ['lib/b.ts → cli/main.ts']);
  const within = (from: string, to: string) =>
    upwardImports([{ from: `analysis/${from}/a.ts`, to: `analysis/${to}/b.ts` }]).length;
  assert.deepEqual([within('rules', 'digest'), within('digest', 'rules'), within('interpret', 'outcomes')], [0, 1, 1]);
  const byTheWay = [
    { from: 'analysis/limiter/a.ts', to: 'analysis/words.ts' },
    { from: 'analysis/words.ts', to: 'analysis/rules/b.ts' },
  ];
  assert.deepEqual(upwardImports(byTheWay), ['analysis/limiter/a.ts → analysis/words.ts']);
  assert.throws(() => within('rules', 'opinions'), /analysis\/opinions has no stage/);
  assert.deepEqual(spreads, ['lib/b.ts:3']);
});

test('tidy: parameters of Go are counted by their names', () => {
  const text = [
    'func (c *carrier) compose(with *program, under *head, v *values, p *proof, options *lib.Options) error {\n\treturn nil\n}',
    'func answered(id, outcome string, hash int64, sent, ended time.Time) {}',
    'func samplesOf(\n\tinto []metrics.Sample, call func(a, b, c int) (int, error),\n) []metrics.Sample {\n\treturn into\n}',
    'func sum[K comparable, V int](of map[K]V, more ...int) V {\n\treturn 0\n}',
    'func none() {}',
  ].join('\n');
  assert.deepEqual(
    goFunctions({ path: 'k6/a.go', text }).map(({ key, lines, parameters }) => [key, lines, parameters]),
    [
      ['k6/a.go compose', 3, 5],
      ['k6/a.go answered', 1, 5],
      ['k6/a.go samplesOf', 5, 2],
      ['k6/a.go sum', 3, 2],
      ['k6/a.go none', 1, 0],
    ],
  );
});
