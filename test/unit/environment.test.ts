import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEnvironment } from '../../cli/environment.ts';
import { variables } from '../../cli/environment-variables.ts';

const folder = mkdtempSync(join(tmpdir(), 'environment-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('each secret may come from a file, and stands under its own name then', () => {
  for (const { name } of variables.filter(({ secret }) => secret)) {
    const { all, problems, secrets } = readEnvironment({ [`${name}_FILE`]: file(name, ' canary \n') });
    assert.deepEqual(problems, []);
    assert.equal(all[name]?.trim(), 'canary', name);
    assert.equal(all[`${name}_FILE`], undefined);
    assert.deepEqual(secrets, ['canary']);
  }
});

test('a file of webhooks holds one value a line, commas included', () => {
  const { webhooks } = readEnvironment({ WEBHOOK_TOKEN_FILE: file('tokens', 'a,b\n'), WEBHOOK_SECRET: 'c, d' });
  assert.deepEqual(webhooks, { tokens: ['a,b'], secrets: ['c', 'd'] });
});

test('what is wrong with the files is told at once', () => {
  const { problems } = readEnvironment({
    LOGIN_PASSWORD: 'x',
    LOGIN_PASSWORD_FILE: file('password', 'y'),
    MONITORING_TOKEN_FILE: file('empty', ' \n'),
    WEBHOOK_TOKEN_FILE: join(folder, 'missing'),
  });
  assert.equal(problems.length, 3);
  for (const text of [/both set/, /is empty/, /cannot be read \(ENOENT\)/]) {
    assert.ok(
      problems.some((problem) => text.test(problem)),
      String(text),
    );
  }
});

/** Variables that are not ours: of the system, of k6, of pipelines. */
const ofOthers = /^(PATH|HOME|NO_COLOR|TERM|K6_\w+|GITHUB_\w+|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)$/;

test('every variable that the sources read is in the table', () => {
  const root = join(import.meta.dirname, '..', '..');
  const known = new Set(variables.map(({ name }) => name));
  const unknown = ['cli', 'lib', 'scenarios', 'contract', 'backend', 'monitor', 'k6'].flatMap((folderName) =>
    readdirSync(join(root, folderName), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|go)$/.test(path) && !path.endsWith('_test.go'))
      .flatMap((path) => {
        const text = readFileSync(join(root, folderName, path), 'utf8');
        const read = /(?:\b(?:env|settings|__ENV)\.|\bvalue\('|\benv\w+\s+= "|Getenv\(")([A-Z][A-Z0-9_]{3,})\b/g;
        return [...text.matchAll(read)].map(([, name = '']) => name);
      })
      .filter((name) => !known.has(name) && !ofOthers.test(name)),
  );
  assert.deepEqual(unknown, []);
  assert.ok(known.has('STRESS_CLOCK') && known.has('BASE_URL') && known.has('LEAK_CYCLES'));
});
