import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const script = join(import.meta.dirname, '..', 'requirements.sh');

/** Runs the script on a machine that has these commands and no other, and says what it printed and which commands it called. */
function run(commands: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'requirements-'));
  for (const [name, body] of Object.entries({ ...commands, env: 'exec /usr/bin/env "$@"' })) {
    writeFileSync(join(folder, name), `#!/bin/bash\necho "$0 $*" >>"${folder}/calls"\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('/bin/bash', [script, ...words], {
    env: { PATH: folder },
    encoding: 'utf8',
  });
  const calls = readFileSync(join(folder, 'calls'), 'utf8').replaceAll(`${folder}/`, '').split('\n');
  return { status, stdout, stderr, calls };
}

/** What apt-cache says of a package. */
const candidate = (version: string): string => `echo '  Installed: (none)'; echo '  Candidate: ${version}'`;

const installed = {
  node: '',
  go: 'echo go1.25.0',
  'redis-server': '',
  initdb: '',
  nginx: '',
  haproxy: '',
  ss: '',
  python3: '',
  chromium: '',
};

test('requirements: without apt-get all that is missing is listed at once, with the way to get it', () => {
  const { status, stderr } = run({ go: 'echo go1.19.8', initdb: '', python3: 'exit 1' });
  assert.equal(status, 1);
  for (const name of ['Node.js', 'Go', 'redis-server', 'nginx', 'HAProxy', 'ss', 'Python 3 with venv', 'Chromium']) {
    assert.match(stderr, new RegExp(`^  ${name}.*: .*(https:|brew)`, 'm'));
  }
});

test('requirements: apt-get installs what is missing, and nothing else', () => {
  const { nginx: _, chromium: __, ...rest } = installed;
  const apt = `[ "$1" = install ] || exit 0
for name in nginx chromium; do printf '#!/bin/bash\\n' >"\${0%/*}/$name"; /bin/chmod +x "\${0%/*}/$name"; done`;
  // As root the script calls apt-get itself, else by sudo.
  const { status, stderr, calls } = run({
    ...rest,
    'apt-get': apt,
    'apt-cache': candidate('156.0-1'),
    sudo: 'exec "$@"',
  });
  assert.equal(status, 0, stderr);
  const aptCalls = calls.filter((call) => call.startsWith('apt-get'));
  const install = 'apt-get install -yq --no-install-recommends';
  assert.deepEqual(aptCalls, ['apt-get update -q', `${install} nginx`, `${install} chromium`]);
});

test('requirements: where apt-get has no Chromium, playwright-core brings one, and the tests find it', () => {
  const { nginx: _, chromium: __, ...rest } = installed;
  const apt = `[ "$1" = install ] || exit 0
printf '#!/bin/bash\\n' >"\${0%/*}/$4"; /bin/chmod +x "\${0%/*}/$4"`;
  const machine = {
    ...rest,
    'apt-get': apt,
    'apt-cache': candidate('(none)'),
    sudo: 'exec "$@"',
    npx: `printf '#!/bin/bash\\n' >"\${0%/*}/installed-chrome"; /bin/chmod +x "\${0%/*}/installed-chrome"`,
    // It says where the browser is, whether it is there or not.
    node: `[ "$1" != -p ] || echo "\${0%/*}/installed-chrome"`,
  };
  const { status, stderr, calls } = run(machine);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    calls.filter((call) => /^(?:apt-get|npx)/.test(call)),
    [
      'apt-get update -q',
      'apt-get install -yq --no-install-recommends nginx',
      'npx --no playwright-core install --with-deps chromium',
    ],
  );
  const { 'apt-get': __apt, ...elsewhere } = machine;
  const stub = { 'chromium-browser': 'echo "snap install chromium" >&2; exit 1' };
  assert.match(run({ ...elsewhere, ...stub }).stderr, /^ {2}Chromium or Google Chrome: npx playwright-core install /m);
});

test('requirements: Node.js is as new as package.json wants it', () => {
  const { engines } = JSON.parse(readFileSync(join(script, '..', '..', 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  assert.equal(engines.node, '>=20.11');
  const old = (version: string) => {
    const real = `exec '${process.execPath}' -e 'Object.defineProperty(process.versions, "node", { value: "${version}" });'"$2"`;
    return run({ ...installed, node: `[ "$1" = -e ] || exit 0\n${real}` }).status;
  };
  assert.deepEqual(['18.20.0', '20.10.0', '20.11.0', '22.0.0'].map(old), [1, 1, 0, 0]);
});

test('requirements: what apt-get could not install is listed', () => {
  const { 'redis-server': _, ...rest } = installed;
  const { status, stderr } = run({ ...rest, 'apt-get': 'exit 100', sudo: 'exec "$@"' });
  assert.equal(status, 1);
  assert.match(stderr, /^ {2}redis-server: /m);
  assert.match(stderr, /apt-get install redis-server$/m);
});

test('requirements: a machine that has all is asked for nothing', () => {
  const { status, stdout, stderr, calls } = run({ ...installed, 'apt-get': '', sudo: '' });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
  assert.equal(
    calls.some((call) => /apt-get|sudo/.test(call)),
    false,
  );
});

test('requirements: what only people can get is told before anything is installed; what apt-get can get is left for later', () => {
  const { nginx: _, go: __, ...rest } = installed;
  const apt = { 'apt-get': '', sudo: 'exec "$@"' };
  const missing = run({ ...rest, ...apt }, 'list');
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^ {2}Go 1.21 or newer: /m);
  assert.equal(run({ ...rest, go: installed.go, ...apt }, 'list').status, 0);
  assert.equal(run({ ...rest, go: installed.go }, 'list').status, 1, 'nobody here can install it');
  for (const { calls } of [missing, run({ ...rest, ...apt }, 'list')]) {
    assert.deepEqual(
      calls.filter((call) => call.startsWith('apt-get')),
      [],
    );
  }
});
