import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertJudged, reportOf, startStress } from './stress.ts';

// Whatever the environment holds for k6, Go, Node, a proxy or a bundle run alone, a run sends and records the same.

test('no variable of the user changes what is sent, recorded or guarded, and each is named once', async () => {
  const config = mkdtempSync(join(tmpdir(), 'config-'));
  for (const folder of [join(config, 'k6'), join(config, '.config', 'k6')]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), '{"rps":1,"iterations":1,"noConnectionReuse":true}');
  }
  const ignored = {
    K6_RPS: '1',
    K6_NO_TEARDOWN: 'true',
    K6_NO_SETUP: 'true',
    K6_ITERATIONS: '3',
    K6_DURATION: '1s',
    K6_SYSTEM_TAGS: 'url',
    K6_BLACKLIST_IPS: '10.9.9.9/32',
    K6_THROW: 'false',
    K6_OUT: 'json=/dev/null',
    K6_INCLUDE_SYSTEM_ENV_VARS: 'false',
    HTTP_PROXY: 'http://127.0.0.1:9',
    all_proxy: 'http://127.0.0.1:9',
    GODEBUG: 'http2client=0',
    STRESS_LEDGER: 'off',
    STRESS_SENDER: 'k6-http',
    STRESS_ADDRESS: '192.0.2.1',
    STRESS_HOST_ALLOWED: 'off',
    STRESS_PIECE_PHASES: '1',
    ALLOW_PROXY: 'on',
  };
  const run = startStress(['burst'], {
    BURST_SIGNALS: '20',
    MIN_LEGITIMATE: '0',
    ...ignored,
    HOME: config,
    XDG_CONFIG_HOME: config,
  });
  await run.ended();
  const report = reportOf(run.folder);
  const load = report.scenarios[0]?.requests.load ?? {};
  assert.deepEqual(load, { accepted: 1, duplicate: 19 }, run.output());
  assert.deepEqual(report.gaps, [], run.output());
  assertJudged({ report, output: run.output() }, 'exactly-once', 'pass');
  for (const name of Object.keys(ignored)) {
    assert.equal(run.output().split(new RegExp(`\\b${name}\\b`)).length - 1, 1, `${name} in ${run.output()}`);
  }
});
