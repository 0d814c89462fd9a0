import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../fixtures/backend.ts';
import { JournalCopy } from '../fixtures/journal-copy.ts';

// Bugs of ours, planted in the built command: whatever they hit, it ends with 70 and a stack. 1 would accuse the server, 2 would
// say that nothing was sent.

const command = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'webhook-stress.js');
const canary = 'canary-password-4f1c';
const folder = mkdtempSync(join(tmpdir(), 'bugs-'));
const { folder: journal } = new JournalCopy('faulty', 'faulty');

/** A k6 that sends nothing: it takes some seconds, or none. */
function fakeK6(seconds: number): string {
  const path = join(mkdtempSync(join(folder, 'k6-')), 'k6');
  writeFileSync(path, `#!/bin/sh\n[ "$1" = version ] && echo "k6 v2.2.0" && exit\nexec sleep ${seconds}\n`, {
    mode: 0o755,
  });
  return path;
}

/** The start of each planted program. */
const prelude = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
const verb = process.argv[2];
// The command takes secrets out of its environment.
const password = process.env.LOGIN_PASSWORD;
const bug = () => { throw new TypeError('planted ' + password); };
const breaks = (name, isHit) => {
  const real = fs[name];
  fs[name] = (...args) => isHit(...args) ? bug() : real(...args);
  syncBuiltinESMExports();
};
`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command with a bug. */
async function ended(planted: string, args: readonly string[], k6Seconds = 0): Promise<Ended> {
  const url = `data:text/javascript,${encodeURIComponent(prelude + planted)}`;
  const child = spawn(process.execPath, ['--import', url, command, ...args], {
    env: { ...process.env, LOGIN_PASSWORD: canary, K6_BIN: fakeK6(k6Seconds), BASE_URL: '', BURST_SIGNALS: '20' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

function isToldAsBug({ code, out, err }: Ended): void {
  assert.equal(code, 70, err + out);
  assert.match(err, /this is a bug of webhook-stress/i);
  assert.match(err, /TypeError: planted ‹secret›\n {4}at /);
  assert.equal((err + out).includes(canary), false, err + out);
}

for (const [where, planted] of [
  ['while the modules load', `breaks('readFileSync', (path) => String(path).endsWith('package.json'));`],
  ['where run.json is read', `breaks('readFileSync', (path) => String(path).endsWith('run.json'));`],
  ['where a ledger is opened', `breaks('openSync', (path) => String(path).endsWith('requests.ndjson'));`],
  ['where a summary is read', `breaks('readFileSync', (path) => String(path).endsWith('summary.json'));`],
  ['where an output is written', `breaks('writeFileSync', () => true);`],
  ['where an output is renamed', `breaks('renameSync', () => true);`],
  ['in a prototype that the terminal uses', `String.prototype.repeat = bug;`],
] as const) {
  test(`a bug in the command report, ${where}`, async () => {
    isToldAsBug(await ended(planted, ['report', journal]));
  });
}

const run = (reports: string): readonly string[] => ['run', 'burst', '--reports', reports, '--run-id', 'run'];
const newReports = (): string => mkdtempSync(join(folder, 'reports-'));

test('a bug in the command run, before it starts anything', async () => {
  isToldAsBug(await ended(`if (verb === 'run') breaks('mkdirSync', () => true);`, run(newReports())));
  isToldAsBug(await ended(`if (verb === 'run') breaks('accessSync', () => true);`, run(newReports())));
});

test('a bug in the thread that makes the report', async () => {
  const reports = newReports();
  isToldAsBug(
    await ended(
      `if (!isMainThread) breaks('writeFileSync', (path, text) => /<html/.test(String(text)));`,
      run(reports),
    ),
  );
  assert.equal(existsSync(join(reports, 'run', 'report.json')), false);
});

test('a bug of the runner under load: the report says what was measured before it', async () => {
  const reports = newReports();
  const planted = `if (verb === 'run' && isMainThread) {
    breaks('writeFileSync', (path, text) => /"k6ExitCode": 0/.test(String(text)) && !globalThis.told && (globalThis.told = true));
  }`;
  isToldAsBug(await ended(planted, run(reports)));
  assert.match(readFileSync(join(reports, 'run', 'report.json'), 'utf8'), /"verdict": *"inconclusive"/);
});

for (const [where, thrown] of [
  ['timer', 'bug()'],
  ['promise that nobody waits for', '(async () => bug())()'],
] as const) {
  test(`a bug in a ${where} of the runner under load: its processes end with it`, async () => {
    const reports = newReports();
    const journalOfMonitor = join(reports, 'run', 'monitors', 'local.ndjson');
    const planted = `if (verb === 'run' && isMainThread) {
      const file = '${journalOfMonitor}';
      setInterval(() => { if (fs.existsSync(file) && /"pid":\\d/.test(fs.readFileSync(file, 'utf8'))) ${thrown}; }, 50);
    }`;
    isToldAsBug(await ended(planted, run(reports), 60));
    const pids = [...readFileSync(journalOfMonitor, 'utf8').matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid));
    assert.ok(pids.length > 0);
    await eventually('they have ended', () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  });
}
