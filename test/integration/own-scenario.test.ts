import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { bundleScenario } from '../../cli/own-scenario/bundle-scenario.ts';
import { childrenOf } from '../e2e/stress.ts';

const root = join(import.meta.dirname, '..', '..');
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of a user, outside of this repository. */
function userFolder(files: Readonly<Record<string, string>>, { typescript = false } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'own-scenario-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  if (typescript) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(join(root, 'node_modules', 'typescript'), join(folder, 'node_modules', 'typescript'));
  }
  return folder;
}

const bundled = (folder: string, file: string) => bundleScenario(file, { folder, env: process.env });
const problemsOf = async (folder: string, file: string) => (await bundled(folder, file)).problems;

const script = `import { check } from 'k6';
import http from 'k6/http';
import { handleSummary } from 'webhook-stress/k6';
const day: string = open('./day.csv');
export default function (): void {
  console.log(__ENV.ANY, day);
  check(http.get('http://127.0.0.1:1'), { is: (answer) => answer.status === 200 });
}
export { handleSummary };
`;

test('in any folder, without node_modules, a file becomes one script for k6', async () => {
  const folder = userFolder({ 'stress/market-open.ts': script });
  const { name, bundlePath, problems, notes } = await bundled(folder, 'stress/market-open.ts');
  assert.deepEqual([name, problems], ['market-open', []]);
  assert.deepEqual(notes, ['types were not checked: npm install --save-dev typescript lets them be checked']);
  const text = readFileSync(bundlePath ?? '', 'utf8');
  assert.match(text, /^const openBesideScenario = /);
  assert.ok(text.includes(JSON.stringify(join(folder, 'stress/'))), 'files are read from the folder of the scenario');
  assert.doesNotMatch(text, /from "webhook-stress/);
});

test('the types of a file that is right are right, with the types of k6 from here', async () => {
  const folder = userFolder({ 'market-open.ts': script }, { typescript: true });
  const { bundlePath, problems, notes } = await bundled(folder, 'market-open.ts');
  assert.deepEqual([problems, notes], [[], []]);
  assert.ok(existsSync(bundlePath ?? ''));
});

test('a type error is a line, with file and line, from the compiler of the folder, by its own settings', async () => {
  const text = `${script}const wrong: number = 'text';\nfunction loose(of) { return of; }\nexport { loose, wrong };\n`;
  const folder = userFolder({ 'stress/market-open.ts': text }, { typescript: true });
  const [first, second, ...more] = await problemsOf(folder, 'stress/market-open.ts');
  assert.match(first ?? '', /^stress\/market-open\.ts:10: Type 'string' is not assignable to type 'number'\.$/);
  assert.match(second ?? '', /^stress\/market-open\.ts:11: Parameter 'of' implicitly has an 'any' type\.$/);
  assert.deepEqual(more, []);
  writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "strict": false, "types": ["node"] } }');
  assert.equal((await problemsOf(folder, 'stress/market-open.ts')).length, 1);
});

test('an import of Node.js is a line that names it, whether the file or a package imports it', async () => {
  const folder = userFolder({
    'a.ts': `import { readFileSync } from 'node:fs';\nexport default () => readFileSync;\n`,
    'b.ts': `import { check } from 'k6';\nimport path from 'path';\nexport default () => check(path, {});\n`,
    'c.ts': `\n\nimport reader from 'reader';\nexport default reader;\n`,
    'node_modules/reader/package.json': '{ "name": "reader", "main": "index.js" }',
    'node_modules/reader/index.js': `\nmodule.exports = require('fs');\n`,
  });
  const isNoNode = 'k6 runs scenarios, and k6 is not Node.js';
  assert.deepEqual(await problemsOf(folder, 'a.ts'), [`a.ts:1: imports node:fs, a part of Node.js: ${isNoNode}`]);
  assert.deepEqual(await problemsOf(folder, 'b.ts'), [`b.ts:2: imports path, a part of Node.js: ${isNoNode}`]);
  assert.deepEqual(await problemsOf(folder, 'c.ts'), [
    `c.ts:3: imports reader, which needs fs of Node.js (node_modules/reader/index.js:2): ${isNoNode}`,
  ]);
});

test('what is missing, misspelled or misnamed is a line', async () => {
  const folder = userFolder({
    'stress/syntax.ts': 'export default () => {\n  const = 1;\n};\n',
    'stress/imports.ts': `import './missing.ts';\nimport 'not-installed';\nexport default () => {};\n`,
    'stress/Market.ts': '',
    'stress/burst.ts': '',
    'stress/notes.md': '',
  });
  const expected = {
    'stress/none.ts': [/^stress\/none\.ts does not exist$/],
    'stress/syntax.ts': [/^stress\/syntax\.ts:2: Expected identifier but found "="$/],
    'stress/imports.ts': [
      /^stress\/imports\.ts:1: imports \.\/missing\.ts, which does not exist$/,
      /^stress\/imports\.ts:2: imports not-installed, which is not installed here: npm install not-installed$/,
    ],
    'stress/Market.ts': [/^stress\/Market\.ts: .*the scenario's name is "Market"/],
    'stress/burst.ts': [/^stress\/burst\.ts: .*"burst" is the name of a built-in scenario/],
    'stress/notes.md': [/^stress\/notes\.md: a scenario is a file that ends in \.ts, /],
  };
  for (const [file, patterns] of Object.entries(expected)) {
    const problems = await problemsOf(folder, file);
    assert.equal(problems.length, patterns.length, problems.join('\n'));
    for (const [n, pattern] of patterns.entries()) assert.match(problems[n] ?? '', pattern);
  }
});

test('run tells them one a line, exits with 2, and leaves nothing behind', () => {
  const folder = userFolder({ 'stress/a.ts': `import 'node:fs';\nimport 'node:net';\n` });
  const args = [join(root, 'dist', 'cli', 'webhook-stress.js'), 'run', 'stress/a.ts', 'stress/b.ts', 'burst'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const isNoNode = 'k6 runs scenarios, and k6 is not Node.js';
  assert.deepEqual(stderr.split('\n'), [
    `webhook-stress: stress/a.ts:1: imports node:fs, a part of Node.js: ${isNoNode}`,
    `stress/a.ts:2: imports node:net, a part of Node.js: ${isNoNode}`,
    'stress/b.ts does not exist',
    '',
  ]);
  assert.equal(status, 2);
  assert.ok(!existsSync(join(folder, 'reports')));
});

test('new writes a scenario whose types are right, and never writes over a file', async () => {
  const folder = userFolder({}, { typescript: true });
  const command = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'dist', 'cli', 'webhook-stress.js'), 'new', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  const written = command('market-open');
  assert.deepEqual([written.status, written.stderr], [0, '']);
  assert.match(
    written.stdout,
    /^wrote stress\/market-open\.ts; run it with: node \S+\/webhook-stress\.js run stress\/market-open\.ts\n$/,
  );
  assert.deepEqual(await problemsOf(folder, 'stress/market-open.ts'), []);
  writeFileSync(join(folder, 'stress/market-open.ts'), 'mine');
  for (const [name, reason] of [
    ['market-open', /stress\/market-open\.ts is there already/],
    ['burst', /"burst" is the name of a built-in scenario/],
    ['Market Open', /the scenario's name is "Market Open"/],
    ['../outside', /give a name alone/],
  ] as const) {
    const { status, stderr } = command(name);
    assert.equal(status, 2, name);
    assert.match(stderr, reason);
  }
  assert.equal(readFileSync(join(folder, 'stress/market-open.ts'), 'utf8'), 'mine');
  assert.ok(!existsSync(join(folder, 'outside.ts')));
});

test('the compilers that are started see no secret of the user', async () => {
  const folder = userFolder({ 'large.ts': "import 'zod';\nexport default function (): void {}\n" });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const secret = 'canary-of-the-environment';
  process.env.LOGIN_PASSWORD = secret;
  let isBuilt = false;
  const built = bundled(folder, 'large.ts').finally(() => {
    isBuilt = true;
  });
  const seen = new Set<string>();
  while (!isBuilt) {
    for (const { pid } of childrenOf(process.pid)) {
      const environment = environmentOf(pid);
      if (environment !== '') seen.add(environment);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  delete process.env.LOGIN_PASSWORD;
  assert.deepEqual((await built).problems, []);
  assert.ok(seen.size > 0, 'no compiler was seen');
  for (const environment of seen) assert.ok(!environment.includes(secret));
});

/** Empty if the process has just ended. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
