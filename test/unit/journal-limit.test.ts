import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesInWords, bytesOf } from '../../cli/byte-size.ts';
import { finalBytes, tooLongInWords } from '../../cli/run/journal-limit.ts';
import { runSettings } from '../../cli/run/settings.ts';

test('a size is a number with its unit', () => {
  assert.deepEqual(['500MB', '1.5GB', '2TB', '2', '2gb', '-1GB', '2 GB', ''].map(bytesOf), [
    ...[500e6, 1.5e9, 2e12],
    ...[null, null, null, null, null],
  ]);
  assert.deepEqual([199.6e6, 1.5e9, 2e12].map(bytesInWords), ['200 MB', '1.5 GB', '2000 GB']);
});

test('--journal-limit bounds the folder of a run, and says what is wrong with it', async () => {
  assert.equal((await runSettings(['soak'], {}))?.journalLimitBytes, 10e9);
  assert.equal((await runSettings(['soak', '--journal-limit', '500MB'], {}))?.journalLimitBytes, 500e6);
  await assert.rejects(
    runSettings(['soak', '--journal-limit', '2'], {}),
    /--journal-limit is "2"; it must be a number/,
  );
  await assert.rejects(runSettings(['soak', '--journal-limit', '10MB'], {}), /--journal-limit is 10MB: give 200MB/);
});

/** A file that takes no room, and tells that length. */
function fileOf(path: string, bytes: number): void {
  writeFileSync(path, '');
  truncateSync(path, bytes);
}

test('a load whose journal will not fit is told before it begins', async () => {
  const wordsOf = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const settings = await runSettings(['soak', ...args], env);
    return settings === null ? null : tooLongInWords(settings);
  };
  const day = ['--duration', '24h'];
  const many = { MAX_RATE: '200', WEBHOOKS: '25' };
  assert.equal(await wordsOf(day, many), null);
  assert.match((await wordsOf([...day, '--journal-limit', '500MB'], many)) ?? '', /about 6\d\d MB/);
  assert.match(
    (await wordsOf(day, { MAX_RATE: '5000', WEBHOOKS: '700' })) ?? '',
    /about 1\d(\.\d)? GB: the load will end early to stay within --journal-limit .*: raise --journal-limit, or lower MAX_RATE/,
  );
});

test('room is kept for what is read back of what was sent, and for the report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-limit-'));
  mkdirSync(join(folder, 'generators', 'k6-1'), { recursive: true });
  const empty = finalBytes(folder);
  fileOf(join(folder, 'backend.log'), 1e6);
  assert.equal(finalBytes(folder) - empty, 1e6);
  fileOf(join(folder, 'generators', 'k6-1', 'soak.requests.0001.ndjson.gz'), 100e6);
  assert.equal(finalBytes(folder) - empty, 1e6 + 160e6);
});
