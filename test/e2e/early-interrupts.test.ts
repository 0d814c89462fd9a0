import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, reportOf, type StressRun, startStress, until } from './stress.ts';

const folder = mkdtempSync(join(tmpdir(), 'early-interrupts-'));
const small = { BURST_SIGNALS: '20', MIN_LEGITIMATE: '0' };
const early = 'Interrupted before anything was sent: there is no run folder, and nothing was recorded.';

/** A program that answers to nothing: it writes its pid beside itself when it is asked for the word, and then waits. */
function stuck(name: string, word: string): { readonly path: string; readonly pids: string } {
  const [path, pids] = [join(folder, name), join(folder, `${name}.pid`)];
  const script = `[ "$1" = ${word} ] && { echo $$ >${pids}; exec sleep 600; }\n[ "$1" = version ] && echo "k6 v2.2.0"`;
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { path, pids };
}

/** Interrupted before there is a folder, it says so in one line, exits 130, and leaves nothing. */
async function endsEarly(run: StressRun, signal: NodeJS.Signals): Promise<void> {
  run.process.kill(signal);
  const { exitCode } = await run.ended();
  assert.equal(exitCode, 130, run.output());
  assert.equal(
    run
      .output()
      .split('\n')
      .filter((line) => line === early).length,
    1,
    run.output(),
  );
  assert.equal(existsSync(run.folder), false);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} while k6 is asked what it is`, async () => {
    const { path, pids } = stuck(`k6-version-${signal}`, 'version');
    const outputs = join(folder, `outputs-${signal}`);
    const run = startStress(['burst', '--quiet'], {
      ...small,
      ...{ K6_BIN: path, GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: outputs },
    });
    await until('k6 is asked', () => existsSync(pids) && readFileSync(pids, 'utf8').trim() !== '');
    await endsEarly(run, signal);
    await until('it ends', () => !isAlive(Number(readFileSync(pids, 'utf8'))), 2_000);
    assert.match(readFileSync(outputs, 'utf8'), /^exit-code=130$/m);
  });
}

test('Ctrl-C while a profile is loaded that never comes to its end', async () => {
  const [profile, begun] = [join(folder, 'stuck.config.mjs'), join(folder, 'profile-begun')];
  const wait = 'await new Promise(() => setInterval(() => {}, 1000));';
  writeFileSync(profile, `import { writeFileSync } from 'node:fs'; writeFileSync('${begun}', ''); ${wait}`);
  const run = startStress(['burst', '--profile', profile], small);
  await until('the profile is loaded', () => existsSync(begun));
  await endsEarly(run, 'SIGINT');
});

test('Ctrl-C while an own scenario is planned', async () => {
  const { path, pids } = stuck('k6-inspect', 'inspect');
  const run = startStress(['examples/market-open.ts'], { ...small, K6_BIN: path });
  await until('k6 is asked', () => existsSync(pids));
  await endsEarly(run, 'SIGINT');
});

test('Ctrl-C while the checks before the load log in: a partial report, and where it is', async () => {
  let asked = 0;
  const server = createServer(({ method }, response) => {
    if (method === 'GET') response.end('{}');
    else asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  try {
    const run = startStress(['burst', '--profile', 'embedded', '--pid', String(process.pid)], {
      ...small,
      BASE_URL: `http://127.0.0.1:${address.port}`,
    });
    await until(`a log-in is asked for: ${run.output()}`, () => asked > 0);
    run.process.kill('SIGINT');
    const { exitCode } = await run.ended();
    assert.equal(exitCode, 130, run.output());
    assert.ok(run.output().includes(`Interrupted before any load was sent. The folder of the run is ${run.folder}`));
    assert.match(reportOf(run.folder).headline, /^Interrupted/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
