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

/** One that is a URL must look like one. */
const canaryOf = (name: string): string =>
  name.endsWith('_URL') ? `${/REDIS/.test(name) ? 'redis' : 'postgres'}://host/0` : 'canary';

test('each secret may come from a file, and stands under its own name then', () => {
  for (const { name } of variables.filter(({ secret }) => secret)) {
    const canary = canaryOf(name);
    const { all, problems, secrets } = readEnvironment({ [`${name}_FILE`]: file(name, ` ${canary} \n`) });
    assert.deepEqual(problems, []);
    assert.equal(all[name]?.trim(), canary, name);
    assert.equal(all[`${name}_FILE`], undefined);
    assert.deepEqual(secrets, [canary]);
  }
});

test('what is wrong with the URL of a store is told without a word of it, and its password is a secret, too', () => {
  for (const [name, url] of [
    ['MONITOR_REDIS_URL', 'http://u:canary-7@h'],
    ['MONITOR_REDIS_URL', 'redis://u:canary-7@h:port'],
    ['MONITOR_POSTGRES_URL', 'canary-7'],
    ['MONITOR_POSTGRES_URL', 'mysql://u:canary-7@h/d'],
  ] as const) {
    const { problems } = readEnvironment({ [name]: url });
    assert.deepEqual([problems.length, problems.join().includes('canary')], [1, false], url);
    assert.match(problems.join(), new RegExp(`^${name} must be `));
  }
  for (const url of ['rediss://:p%40ss-word@h:6380/1', 'redis://h', '/run/redis.sock', 'unix:///run/redis.sock']) {
    assert.deepEqual(readEnvironment({ MONITOR_REDIS_URL: url }).problems, [], url);
  }
  for (const url of ['postgresql://u:p@h:5432/d?sslmode=require', 'postgres:///d?host=/run', 'socket:/run?db=d']) {
    assert.deepEqual(readEnvironment({ MONITOR_POSTGRES_URL: url }).problems, [], url);
  }
  const { secrets } = readEnvironment({ MONITOR_REDIS_URL: 'rediss://:p%40ss-word@h:6380/1' });
  assert.deepEqual(secrets.slice(1), ['p%40ss-word', 'p@ss-word']);
});

test('a secret is hidden by what is sent of it, without the blanks and line breaks around it', () => {
  const { readbackToken, secrets } = readEnvironment({
    ...{ LOGIN_PASSWORD: 'pass word ', SECOND_WEBHOOK_TOKEN: ' other\n', READBACK_TOKEN: ' canary\n' },
  });
  assert.equal(readbackToken, 'canary');
  assert.deepEqual(secrets, ['pass word', 'other', 'canary']);
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
const ofOthers = /^(PATH|HOME|NO_COLOR|TERM|KUBECONFIG|K6_\w+|GITHUB_\w+|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)$/;

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
