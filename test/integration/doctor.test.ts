import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../../backend/free-port.ts';
import type { Check } from '../../cli/doctor/check.ts';
import { diagnose } from '../../cli/doctor/diagnose.ts';
import { doctorTable } from '../../cli/options/doctor.ts';
import { Interrupt } from '../../cli/run/interrupt.ts';
import { runSettings } from '../../cli/run/settings.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { startBackend } from '../fixtures/backend.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import {
  type Receiver,
  type ReceiverOptions,
  receiverProfile,
  receiverSecret,
  receiverToken,
  signedProfile,
  startReceiver,
} from '../fixtures/receiver.ts';
import { startRedis } from '../fixtures/servers.ts';

// Set-ups that are broken in one way each, on real servers, and healthy twins.

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
chmodSync(folder, 0o755);
const command = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'webhook-stress.js');
const started: (Receiver | ChildProcess)[] = [];
let certificates: Certificates;

/** Which k6 it is takes a tenth of a second each time. */
const k6 = join(folder, 'k6');
writeFileSync(k6, '#!/bin/sh\necho "k6 v2.0.0 (timeline)"\n');
chmodSync(k6, 0o755);

before(() => {
  certificates = makeCertificates();
});
after(() => {
  for (const one of started) 'stop' in one ? one.stop() : one.kill('SIGKILL');
  for (const path of [folder, certificates.folder]) rmSync(path, { recursive: true, force: true });
});

let files = 0;
function profileFile(profile: TargetInput): string {
  files += 1;
  const path = join(folder, `profile-${files}.json`);
  writeFileSync(path, JSON.stringify(profile));
  return path;
}

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const server = await startReceiver(options);
  started.push(server);
  return server;
}

const access = { WEBHOOK_TOKEN: receiverToken, WEBHOOK_SECRET: receiverSecret };

interface Asked {
  readonly url: string;
  readonly profile?: TargetInput;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

async function doctor({ url, profile = receiverProfile, env = {}, args = [] }: Asked) {
  const given = { PATH: process.env.PATH ?? '', K6_BIN: k6, BASE_URL: url, ...access, ...env };
  const settings = await runSettings(['--profile', profileFile(profile), ...args], given, doctorTable);
  assert.ok(settings !== null);
  return diagnose({ settings, interrupt: new Interrupt(() => {}), folder });
}

const problemsOf = (checks: readonly Check[]): readonly Check[] => checks.filter(({ status }) => status === 'problem');
const shown = (checks: readonly Check[]): string =>
  checks.map(({ subject, status, text, remedy }) => `${status} ${subject}: ${text} → ${remedy}`).join('\n');

/** The one problem, which names what is wrong and what to do; no secret is in any text. */
async function onlyProblem(asked: Asked, subject: string, text: RegExp, remedy: RegExp): Promise<Check> {
  const { checks } = await doctor(asked);
  const problems = problemsOf(checks);
  assert.deepEqual(
    problems.map((each) => each.subject),
    [subject],
    shown(checks),
  );
  const [found] = problems;
  assert.ok(found !== undefined);
  assert.match(found.text, text);
  assert.match(found.remedy ?? '', remedy);
  assert.doesNotMatch(shown(checks), /canary/);
  return found;
}

async function noProblem(asked: Asked): Promise<readonly Check[]> {
  const { checks } = await doctor(asked);
  assert.deepEqual(problemsOf(checks), [], shown(checks));
  assert.doesNotMatch(shown(checks), /canary/);
  return checks;
}

const textOf = (checks: readonly Check[], subject: string): string =>
  checks.find((check) => check.subject === subject)?.text ?? '';

describe('doctor', () => {
  test('a healthy receiver: every check says what it saw, and few requests were sent', async () => {
    const server = await receiver();
    const checks = await noProblem({ url: server.url });
    assert.match(textOf(checks, 'signal'), /POST \/hook\/\{token\} answered 200: accepted/);
    assert.match(textOf(checks, 'repeat'), /answered 409 \(seen before\): recognized/);
    assert.match(textOf(checks, 'wrong secret'), /answered 401 .*: refused/);
    assert.match(textOf(checks, 'read-back'), /there, once/);
    assert.match(textOf(checks, 'clock'), /within \d s of this machine's/);
    assert.match(textOf(checks, 'processes'), /node .*\(pid \d+\) and what it starts, as it listens on 127\.0\.0\.1/);
    assert.match(textOf(checks, 'memory'), /RSS [\d.]+ MB of \d process/);
    assert.match(textOf(checks, 'health'), /GET \/health/);
    const posts = server.arrived.filter((line) => line.startsWith('POST'));
    assert.deepEqual(posts, Array(3).fill(`POST /hook/${receiverToken} setup`));
    assert.ok(server.arrived.length <= 7, server.arrived.join('\n'));
  });

  test('the read-back asks for a token of its own: the right one, a wrong one, and one that nothing asks with', async () => {
    const { url } = await receiver({ readbackToken: 'canary-admin' });
    const headers = { Authorization: 'Bearer {readbackToken}' };
    const path = '/processed/{token}';
    const profile: TargetInput = { ...receiverProfile, readback: { kind: 'url', path, headers, next: null } };
    const checks = await noProblem({ url, profile, env: { READBACK_TOKEN: 'canary-admin' } });
    assert.match(textOf(checks, 'read-back'), /there, once/);
    const wrong = { READBACK_TOKEN: 'canary-wrong' };
    const refused = /answered 401 \(nobody may read with Bearer ‹secret›\)/;
    await onlyProblem({ url, profile, env: wrong }, 'read-back', refused, /is readback\.path right, and its headers\?/);
    const unasked: TargetInput = { ...receiverProfile, readback: { kind: 'none' } };
    const { checks: told } = await doctor({ url, profile: unasked, env: wrong });
    assert.match(shown(told), /unknown read-back: READBACK_TOKEN is set, but the read-back .* does not ask with it/);
  });

  test('the port is closed', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await onlyProblem({ url }, 'server', /no server answers at http/, /start it there, or set BASE_URL.* --exec/);
    await onlyProblem({ url }, 'server', /no server answers/, /unset BASE_URL, with STRESS_PROFILE=embedded, for the/);
    const declared = { ...receiverProfile, baseUrl: 'http://127.0.0.1:9' };
    const unset = /or unset BASE_URL for the baseUrl of the profile, http:\/\/127\.0\.0\.1:9$/;
    await onlyProblem({ url, profile: declared }, 'server', /no server answers/, unset);
    // The URL may be the profile's: nothing is there to unset.
    const profile = { ...receiverProfile, baseUrl: url };
    const inProfile = /start it there, or let --exec start it, or change baseUrl of the profile/;
    await onlyProblem({ url: '', profile }, 'server', /no server answers at http/, inProfile);
  });

  test('what the command of --exec said before it ended is no remedy', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const args = ['--exec', 'echo "ImportError: no module: app"; exit 1'];
    const said = /^--exec: the command ended with exit code 1 .* It said:\s+ImportError: no module: app$/s;
    await onlyProblem({ url, args }, 'server', said, /^see docs\/troubleshooting\.md$/);
  });

  test('the path is wrong', async () => {
    const { url } = await receiver();
    const profile = { ...receiverProfile, request: { path: '/hooks/{token}' } };
    const wrong = /POST \/hooks\/\{token\} answered 404 \(Not Found\)/;
    await onlyProblem({ url, profile }, 'signal', wrong, /is the path in the profile right \(\/hooks\/\{token\}\)/);
  });

  test('BASE_URL has a path of its own, which the server does not have', async () => {
    const { url } = await receiver();
    const sent = /POST \/api\/hook\/\{token\} answered 404/;
    const remedy =
      /is the path right \(\/api\/hook\/\{token\}: \/api of BASE_URL, or of baseUrl in the profile, then request\.path\)/;
    await onlyProblem({ url: `${url}/api` }, 'signal', sent, remedy);
  });

  test('307 leads to the path with a slash', async () => {
    const { url } = await receiver({ redirectsTo: `/hook/${receiverToken}/` });
    const to = /answered 307 to \/hook\/\{token\}\//;
    await onlyProblem({ url }, 'signal', to, /redirects are not followed: end the path in the profile with \//);
  });

  test('the secret is wrong, and what the server repeats of it is hidden', async () => {
    const { url } = await receiver();
    const env = { WEBHOOK_SECRET: 'canary-wrong' };
    await onlyProblem({ url, env }, 'signal', /answered 401 \(no sender has the secret ‹secret›\)/, /WEBHOOK_SECRET/);
  });

  test('the body is wrong: what was sent is shown, without the secret in it', async () => {
    const { url } = await receiver({ actions: ['buy', 'sell'] });
    const body = { action: '{action}', signal_id: '{id}', echo: 'of {secret}' };
    const profile = { ...receiverProfile, request: { path: '/hook/{token}', body } };
    const sent =
      /what the server expects\? This was sent: \{"action":"BUY","signal_id":"[^"]+","echo":"of ‹secret›"\}$/;
    await onlyProblem({ url, profile }, 'signal', /answered 422 \(action: unknown\)/, sent);
    await noProblem({
      url,
      profile: { ...profile, request: { ...profile.request, body: { ...body, action: 'buy' } } },
    });
  });

  test('the id has to be a UUID: which word sends one is said, and read-back finds the signal by it', async () => {
    const { url } = await receiver({ takesUuidsAlone: true });
    const refused = /answered 422 \(.*valid UUID/;
    await onlyProblem({ url }, 'signal', refused, /speaks of a UUID: if it means the id of the signal, write \{uuid\}/);
    const body = { signal_id: '{uuid}', action: '{action}' };
    const checks = await noProblem({ url, profile: { ...receiverProfile, request: { path: '/hook/{token}', body } } });
    assert.match(textOf(checks, 'read-back'), /the accepted signal is there, once/);
  });

  test('the signature is wrong', async () => {
    const { url } = await receiver({ isSigned: true });
    await noProblem({ url, profile: signedProfile });
    const profile = { ...signedProfile, secret: { ...signedProfile.secret, algorithm: 'sha512' } } as TargetInput;
    await onlyProblem({ url, profile }, 'signed signal', /answered 401/, /and sent as the server checks it/);
  });

  test('a Python server verifies the signature over json.dumps of what it parsed', async () => {
    const script = join(import.meta.dirname, '..', 'fixtures', 'signed-receiver.py');
    const listen = async (signs: 'raw' | 'dumps' | 'warming'): Promise<string> => {
      const words = [script, receiverSecret, receiverToken, signs];
      const child = spawn('python3', words, { stdio: ['ignore', 'pipe', 'inherit'] });
      started.push(child);
      const [port] = await once(child.stdout, 'data');
      return `http://127.0.0.1:${String(port).trim()}`;
    };
    const [raw, dumps, warming] = await Promise.all([listen('raw'), listen('dumps'), listen('warming')]);
    const profile = signedProfile;
    const checks = await noProblem({ url: raw, profile });
    assert.match(textOf(checks, 'wrong signature'), /refused/);
    const over =
      /answered 401 \(wrong signature\), and accepted .* over re-serialized JSON \(json\.dumps with its default/;
    const found = await onlyProblem(
      { url: dumps, profile },
      'signed signal',
      over,
      /raw bytes.* await request\.body\(\)/,
    );
    assert.equal(found.endsRun, true, 'a run sends compact bodies alone, but for a few');
    // Whatever else is the cause is not called so: another secret, and a server that refused what came first.
    const env = { WEBHOOK_SECRET: 'canary-wrong' };
    for (const url of [raw, dumps]) {
      await onlyProblem({ url, profile, env }, 'signed signal', /answered 401 \(wrong signature\)$/, /WEBHOOK_SECRET/);
    }
    await onlyProblem(
      { url: warming, profile },
      'signed signal',
      /answered 401 \(wrong signature\)$/,
      /WEBHOOK_SECRET/,
    );
  });

  test('clocks differ by a minute: signed timestamps are refused', async () => {
    for (const aheadMs of [60_000, -60_000]) {
      const { url } = await receiver({ isSigned: true, aheadMs });
      const { checks } = await doctor({ url, profile: signedProfile });
      const [signal, clock] = problemsOf(checks);
      assert.match(signal?.text ?? '', /with the server's time accepted/, shown(checks));
      assert.match(
        clock?.text ?? '',
        aheadMs > 0 ? /clock is (?:59|60|61)\.\d s ahead of/ : /clock is (?:58|59|60)\.\d s behind/,
      );
      for (const found of [signal, clock]) {
        assert.match(found?.remedy ?? '', /set both clocks by NTP/);
        assert.equal(found?.endsRun, true);
      }
    }
    const unsigned = await receiver({ aheadMs: 60_000 });
    const found = await onlyProblem({ url: unsigned.url }, 'clock', /(?:59|60|61)\.\d s ahead/, /NTP/);
    assert.equal(found.endsRun, false);
    await noProblem({ url: (await receiver({ isSigned: true, aheadMs: 2_000 })).url, profile: signedProfile });
    const cached = await receiver({ aheadMs: -60_000, headers: { Age: '60' } });
    assert.match(textOf(await noProblem({ url: cached.url }), 'clock'), /no answer .* tells its time/);
  });

  test('the certificate is of an authority that is not trusted', async () => {
    const tls = { key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.server) };
    const { url } = await receiver({ tls });
    await onlyProblem({ url }, 'server', /certificate signed by unknown authority/, /set TLS_CA_FILE/);
    await noProblem({ url, env: { TLS_CA_FILE: certificates.ca } });
  });

  test('Redis is down', async () => {
    const { url } = await receiver();
    const redis = await startRedis();
    const profile: TargetInput = { ...receiverProfile, redis: 'present' };
    const env = { MONITOR_REDIS_URL: redis.url.replace('//', '//default:canary-password@') };
    try {
      await redis.crash();
      await onlyProblem({ url, profile, env }, 'Redis', /refused the connection: nobody listens/, /MONITOR_REDIS_URL/);
      await redis.restart();
      const up = await noProblem({ url, profile, env: { MONITOR_REDIS_URL: redis.url } });
      assert.match(textOf(up, 'Redis'), /MONITOR_REDIS_URL: answers in/);
    } finally {
      await redis.stop();
    }
  });

  test('two programs listen on one port, or one at each address of its host', async () => {
    const port = await freePort();
    const script = join(import.meta.dirname, '..', 'fixtures', 'two-listeners.py');
    const listen = async (name: string): Promise<void> => {
      const copy = join(folder, name);
      copyFileSync(script, copy);
      const child = spawn('python3', [copy, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
      started.push(child);
      await once(child.stdout, 'data');
    };
    await listen('one.py');
    const alone = await doctor({ url: `http://127.0.0.1:${port}` });
    assert.deepEqual(
      problemsOf(alone.checks).filter(({ subject }) => subject === 'processes'),
      [],
      shown(alone.checks),
    );
    await listen('two.py');
    const { checks } = await doctor({ url: `http://127.0.0.1:${port}` });
    const found = problemsOf(checks).find(({ subject }) => subject === 'processes');
    assert.match(found?.text ?? '', /2 programs listen on port .*python3 one\.py \(pid \d+\) and python3 two\.py/);
    assert.match(found?.remedy ?? '', /end the one that is not under test/);
    const server = await receiver({ host: '::1', port });
    const elsewhere = await doctor({ url: `http://localhost:${server.port}` });
    assert.ok(
      problemsOf(elsewhere.checks).some(({ subject }) => subject === 'processes'),
      shown(elsewhere.checks),
    );
  });

  test('the process cannot be read: another user, or one that hides', async () => {
    const port = await freePort();
    const script = join(folder, 'hidden.py');
    copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'two-listeners.py'), script);
    const child = spawn('python3', [script, String(port), 'hidden'], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    await once(child.stdout, 'data');
    const words = ['--profile', profileFile({ ...receiverProfile, readback: { kind: 'none' } })];
    const { code, output } = await asCommand({ BASE_URL: `http://127.0.0.1:${port}` }, words);
    assert.equal(code, 2, output);
    assert.match(output, /✗ problem {2}processes +something listens on port \d+, and this user may not see/);
    assert.match(output, /→ run webhook-stress as the server's user or with sudo, or give the server by --pid/);
    assert.match(output, /Worker crashes +inconclusive +none of the server's processes is watched/);
  });

  test('the log-in is wrong; with the right one all is well, and the exit code says so', async () => {
    const backend = await startBackend(['--workers', '1']);
    const words = ['--profile', 'embedded', '--pid', String(backend.pid)];
    const BASE_URL = backend.baseUrl;
    try {
      const none = { WEBHOOK_TOKEN: '', WEBHOOK_SECRET: '', BASE_URL };
      const wrong = await asCommand({ ...none, LOGIN_PASSWORD: 'canary-password', FORCE_COLOR: '1' }, words);
      assert.equal(wrong.code, 2, wrong.output);
      assert.ok(wrong.output.includes('\u001b[31m✗ problem\u001b[0m  log-in'), wrong.output);
      assert.match(wrong.output, / {2}log-in +POST \/api\/v1\/auth\/login answered 401/);
      assert.match(wrong.output, /→ set LOGIN_EMAIL and LOGIN_PASSWORD/);
      assert.doesNotMatch(wrong.output, /canary/);
      const right = await asCommand(none, words);
      assert.equal(right.code, 0, right.output);
      for (const subject of [
        'log-in',
        'new webhook',
        'signal',
        'repeat',
        'wrong secret',
        'read-back',
        'metrics page',
      ]) {
        assert.match(right.output, new RegExp(`✓ ok +${subject} `), right.output);
      }
      assert.match(right.output, /No problem|Everything is set up/);
      const events = await asCommand(none, [...words, '--json']);
      const said = events.output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; status: string });
      assert.ok(said.length > 10 && said.every(({ event }) => event === 'check' || event === 'undecided'));
      assert.equal((await asCommand(none, [...words, '--quiet'])).output, '');
    } finally {
      await backend.stop();
    }
  });

  test('the answer to a repeat differs from the first one: it is quoted, with the rule that knows it', async () => {
    const { url } = await receiver({ tellsRepeatInBody: true });
    const rule = "{ outcome: 'duplicate', statuses: [200], body: { field: 'status', equals: 'duplicate' } }";
    const { remedy } = await onlyProblem(
      { url },
      'repeat',
      /"duplicate" where the first had "accepted"/,
      /^if that is/,
    );
    assert.ok(remedy?.includes(rule), remedy ?? '');
    const [first, ...others] = receiverProfile.answers ?? [];
    assert.ok(first !== undefined);
    const known = { outcome: 'duplicate' as const, statuses: [200], body: { field: 'status', equals: 'duplicate' } };
    await noProblem({ url, profile: { ...receiverProfile, answers: [first, known, ...others] } });
  });

  test('faults of the server are named, and leave the run to judge them', async () => {
    const faults = await receiver({ forgetsKeys: true, takesAnySecret: true });
    const { checks } = await doctor({ url: faults.url });
    const subjects = problemsOf(checks).map(({ subject, endsRun }) => `${subject} ${endsRun}`);
    assert.deepEqual(subjects, ['repeat false', 'wrong secret false', 'read-back false'], shown(checks));
    assert.match(shown(checks), /a run judges it \(exactly-once\)/);
    assert.match(shown(checks), /a run judges it \(authentication\)/);
    const slow = await receiver({ showsAfterMs: 150 });
    assert.match(textOf(await noProblem({ url: slow.url }), 'read-back'), /there, once/);
    const elsewhere = await doctor({ url: (await receiver({ showsAfterMs: null })).url });
    const unread = elsewhere.checks.find(({ subject }) => subject === 'read-back');
    assert.match(unread?.remedy ?? '', /or does the read-back look in another database or place/);
    assert.deepEqual(elsewhere.obstacles, ['read-back']);
    const unknown = await receiver({ status: 204 });
    await onlyProblem(
      { url: unknown.url },
      'signal',
      /answered 204/,
      /add \{ outcome: 'accepted', statuses: \[204\] \}/,
    );
  });
});

/** The command itself, as a user who may not see everything. */
async function asCommand(env: Readonly<Record<string, string>>, words: readonly string[] = []) {
  const isRoot = process.getuid?.() === 0;
  const before = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const [program = '', ...args] = [...before, process.execPath, command, 'doctor', ...words];
  try {
    const { stdout: output } = await run(program, args, {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', K6_BIN: k6, ...access, ...env },
    });
    return { code: 0, output };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('stdout' in error)) throw error;
    return { code: Number(error.code), output: String(error.stdout) };
  }
}
