import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { doctorTable } from '../../cli/options/doctor.ts';
import { runTable } from '../../cli/options/run.ts';
import { runSettings } from '../../cli/run/settings.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { isReadAtOnce } from '../../contract/profile/read-at-once.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { readbackTokenProblems, usesReadbackToken } from '../../contract/profile/readback-token.ts';
import { receiverProfile } from '../fixtures/receiver.ts';

const unset =
  "READBACK_TOKEN is not set, and the profile's read-back asks with {readbackToken}: set it, or set READBACK_TOKEN_FILE to a file with it";
const inHeader = { path: '/list', headers: { Authorization: 'Bearer {readbackToken}' } };
const inPath = { path: '/list?key={readbackToken}' };

function profileOf(readback: object) {
  const { profile, problems } = readProfile({ ...receiverProfile, readback: { kind: 'url', next: null, ...readback } });
  assert.deepEqual(problems, []);
  assert.ok(profile !== null);
  return profile;
}

test('a read-back that asks with a token of its own needs READBACK_TOKEN, and no other does', () => {
  for (const readback of [inHeader, inPath]) {
    const profile = profileOf(readback);
    assert.equal(usesReadbackToken(profile), true);
    assert.deepEqual(readbackTokenProblems(profile, ''), [unset]);
    assert.deepEqual(readbackTokenProblems(profile, 'token'), []);
    // Whose file could not be read was told so.
    assert.deepEqual(readbackTokenProblems(profile, '', ['READBACK_TOKEN']), []);
    // It says nothing of which webhook is meant.
    assert.equal(isReadAtOnce(profile), true);
  }
  const other = profileOf({ path: '/list/{token}', headers: { 'X-Key': '{secret}' } });
  assert.deepEqual([usesReadbackToken(other), readbackTokenProblems(other, '')], [false, []]);
});

test('a signal cannot carry it', () => {
  const { problems } = readProfile({ ...receiverProfile, request: { headers: { 'X-Key': '{readbackToken}' } } });
  assert.match(problems.join(), /request\.headers\.X-Key: \{readbackToken\} is unknown/);
});

test('run and doctor tell once that it is missing, and need none without the read-back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'readback-token-'));
  const file = join(folder, 'profile.json');
  const profile: TargetInput = { ...receiverProfile, readback: { kind: 'url', next: null, ...inHeader } };
  writeFileSync(file, JSON.stringify({ ...profile, baseUrl: 'http://127.0.0.1:9' }));
  const given = { WEBHOOK_TOKEN: 'a', WEBHOOK_SECRET: 'b' };
  for (const [table, operands] of [
    [runTable, ['burst']],
    [doctorTable, []],
  ] as const) {
    const settingsOf = (env: object) => runSettings([...operands, '--profile', file], { ...given, ...env }, table);
    await assert.rejects(
      settingsOf({}),
      ({ message }: Error) => message.split('READBACK_TOKEN is not set').length === 2,
    );
    await assert.rejects(settingsOf({ READBACK_TOKEN: ' \n' }), /READBACK_TOKEN is not set/);
    await assert.rejects(
      settingsOf({ READBACK_TOKEN_FILE: join(folder, 'gone') }),
      ({ message }: Error) => message.includes('READBACK_TOKEN_FILE names') && !message.includes('is not set'),
    );
    assert.equal((await settingsOf({ READBACK_TOKEN: ' token\n' }))?.environment.readbackToken, 'token');
    assert.equal((await settingsOf({ READBACK: 'none' }))?.profile.readback.kind, 'none');
  }
});
