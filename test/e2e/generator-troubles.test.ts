import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findK6 } from '../../cli/run/k6-binary.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { type Front, startFront } from '../third-party/servers.ts';
import { startStress, statuses, statusOf, stress } from './stress.ts';

// The server is never blamed for the generator: whole runs against nginx, and one without file descriptors.

let certificates: Certificates;
let front: Front;

before(async () => {
  certificates = makeCertificates();
  front = await startFront(certificates.folder);
});
after(() => front.stop());

const profileFile = (path: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'profile-')), 'profile.json');
  const profile = {
    name: 'behind nginx',
    process: { by: 'none' },
    answers: [
      { outcome: 'accepted', statuses: [200] },
      { outcome: 'rejected', statuses: [401] },
    ],
    limiter: { kind: 'none' },
    idempotency: { kind: 'ttl', ttlMs: 1000 },
    provisioning: { kind: 'given' },
    request: { path },
  };
  writeFileSync(file, JSON.stringify(profile));
  return file;
};

const small = {
  BURST_SIGNALS: '20',
  MIN_LEGITIMATE: '0',
  WEBHOOK_TOKEN: 'canary-token',
  WEBHOOK_SECRET: 'canary-secret',
};

test('a private authority and a client certificate are used for the load, and their contents are in no file', async () => {
  const { CLIENT } = front.ports;
  const { report, output, folder } = await stress(['burst', '--profile', profileFile('/hook/{token}')], {
    ...small,
    BASE_URL: `https://localhost:${CLIENT}`,
    TLS_CA_FILE: certificates.ca,
    TLS_CERT_FILE: certificates.client,
    TLS_KEY_FILE: certificates.clientKey,
  });
  assert.equal(report.scenarios[0]?.requests.load?.accepted, 20, output);
  assert.deepEqual(report.generator.unsent, []);
  const key = readFileSync(certificates.clientKey, 'utf8').split('\n')[1] ?? '';
  assert.ok(key.length > 40);
  for (const file of ['run.json', 'report.json', journalFiles.generatorLog(localGenerator, 'burst')]) {
    assert.ok(!readFileSync(join(folder, file), 'utf8').includes(key), file);
  }
});

for (const [path, says] of [
  ['/slash/{token}', /answered 307 to .*\/slash\/\{token\}\/: .*end the path in the profile with \//],
  ['/secure/{token}', /308 to https:.*: .*begin BASE_URL with https:/],
  ['/denied/{token}', /answered 401.*: is the secret of these webhooks right/],
  ['/misdirected/{token}', /answered 421.*: Misdirected Request/],
] as const) {
  test(`${path}: no load is sent, and the run says what to set`, async () => {
    const run = startStress(['burst', '--profile', profileFile(path)], {
      ...small,
      BASE_URL: `http://127.0.0.1:${front.ports.PLAIN}`,
    });
    const { exitCode } = await run.ended();
    assert.equal(exitCode, 2, run.output());
    assert.match(run.output(), says);
    assert.equal(existsSync(join(run.folder, journalFiles.manifest)), false);
    assert.doesNotMatch(run.output(), /canary-(?:token|secret)/);
  });
}

test('without file descriptors nothing fails: what was not sent is counted, with cause and remedy', async () => {
  const k6 = await findK6(process.env.K6_BIN || null, process.env, () => {});
  const limited = join(mkdtempSync(join(tmpdir(), 'k6-')), 'k6');
  // The rest of k6's own files takes about twenty.
  writeFileSync(limited, `#!/bin/sh\nulimit -n 50\nexec '${k6.path}' "$@"\n`);
  chmodSync(limited, 0o755);
  const { report, output, exitCode } = await stress(['burst'], { K6_BIN: limited, MIN_LEGITIMATE: '0' });
  const load = report.scenarios[0]?.requests.load ?? {};
  assert.ok((load.unsent ?? 0) >= 40, output);
  assert.equal((load.accepted ?? 0) + (load.duplicate ?? 0) + (load.unsent ?? 0), 100, output);
  assert.deepEqual(
    report.findings.filter(({ status }) => status === 'fail' || status === 'warn').map(({ criterion }) => criterion),
    [],
    statuses(report),
  );
  assert.equal(statusOf(report, 'exactly-once'), 'inconclusive', statuses(report));
  assert.equal(exitCode, 3);
  assert.match(output, /never left the generator \(no file descriptor: raise `ulimit -n`/);
  assert.match(report.generator.unsent[0]?.cause ?? '', /no file descriptor/);
});
