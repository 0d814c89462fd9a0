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

/** Settings of k6 itself, which it gets from us alone. */
const ofK6 = /^K6_(?!BIN$)\w*$/;

/** Each way in which our sources read a variable by its name. */
const reads: readonly RegExp[] = [
  // env.NAME, settings.NAME, process.env.NAME, environment.all.NAME
  /\b(?:env|settings|given|all|__ENV)(?:\??\.|\[')([A-Z][A-Z0-9_]{2,})\b/g,
  // value('NAME'), of Go Getenv("NAME"), and its constants envName = "NAME"
  /(?:\b(?:value|file|read|choice|wholeNumber)\('|(?:Getenv|LookupEnv)\("|\benv\w*\s+= ")([A-Z][A-Z0-9_]{2,})\b/g,
];
/** const { NAME: value } = env */
const takenApart = /\{([^{}]*)\} = (?:env|settings|given|all|process\.env|__ENV)\b/g;
/** What child-environment.ts lists, it hands on; but for what it only names. */
const handedOn = /'([A-Z][A-Z0-9_]{2,})'/g;
const onlyNamed: readonly string[] = ['GODEBUG', 'NODE_OPTIONS', 'NODE_USE_ENV_PROXY', 'NODE_TLS_REJECT_UNAUTHORIZED'];

function namesReadIn(path: string, text: string): readonly string[] {
  const apart = [...text.matchAll(takenApart)].flatMap(
    ([, inside = '']) => inside.match(/\b[A-Z][A-Z0-9_]{2,}\b/g) ?? [],
  );
  const listed = path.endsWith('child-environment.ts') ? [...text.matchAll(handedOn)] : [];
  return [...apart, ...[...reads.flatMap((read) => [...text.matchAll(read)]), ...listed].map(([, name = '']) => name)];
}

test('every variable that the sources read has a row in the table', () => {
  const root = join(import.meta.dirname, '..', '..');
  const known = new Set(variables.map(({ name }) => name));
  const folders = ['cli', 'lib', 'scenarios', 'contract', 'backend', 'monitor', 'analysis', 'render', 'profiles', 'k6'];
  const read = folders.flatMap((folderName) =>
    readdirSync(join(root, folderName), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|go)$/.test(path) && !path.endsWith('_test.go'))
      .flatMap((path) => namesReadIn(path, readFileSync(join(root, folderName, path), 'utf8'))),
  );
  const found = new Set(read);
  for (const name of ['STRESS_CLOCK', 'FORCE_COLOR', 'KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'GITHUB_OUTPUT', 'LIMIT'])
    assert.ok(found.has(name), `${name} is read, and this test does not see it`);
  assert.deepEqual(
    [...found].filter((name) => !known.has(name) && !ofK6.test(name) && !onlyNamed.includes(name)),
    [],
  );
});

test('no variable has two rows', () => {
  const names = variables.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
});
