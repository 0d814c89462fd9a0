import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearingOf } from '../../cli/doctor/bearing.ts';
import { fault, ok, problem, unknown } from '../../cli/doctor/check.ts';
import type { Heard } from '../../cli/doctor/client.ts';
import { complaintIn } from '../../cli/doctor/complaint.ts';
import { limitHeadersCheck } from '../../cli/doctor/limit-headers.ts';
import { signatureForms } from '../../cli/doctor/refusal.ts';
import { clockInWords, mayAgree, middleMs, serverClock, surelyOffMs } from '../../cli/doctor/server-clock.ts';
import { checksTable, undecidedText } from '../../cli/doctor/table.ts';
import { obstaclesOf, undecided } from '../../cli/doctor/undecided.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { type BuiltInScenario, defaultScenarios } from '../../contract/plan/scenarios.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

const { embedded, generic } = builtInProfiles;

function changed(changes: object): TargetProfile {
  const { profile, problems } = readProfile({ ...embedded, ...changes });
  assert.deepEqual(problems, []);
  assert.ok(profile !== null);
  return profile;
}

const limited = (limit: number, windowMs: number, scope: 'webhook' | 'client' = 'webhook') =>
  changed({ limiter: { kind: 'sliding', limit, windowMs, scope } });

test('before a run, the checks send what its limiter has forgotten when it begins, and say what they leave out', () => {
  // Created webhooks have counts of their own.
  assert.deepEqual(bearingOf(embedded, 0, true), {
    ...{ withoutSignals: null, requests: Number.POSITIVE_INFINITY, gapMs: 0, quietMs: 0 },
  });
  // On a given one the run waits for a second, or its plan for a minute.
  assert.equal(bearingOf(embedded, 1, true).quietMs, 1000);
  const minute = bearingOf(limited(5, 60_000), 1, true);
  assert.deepEqual([minute.withoutSignals, minute.quietMs], [null, 0]);
  // Nobody waits for an hour.
  const hour = bearingOf(limited(100, 3_600_000), 1, true);
  assert.match(hour.withoutSignals ?? '', /counts a signal for 3600 s: it would take quota from the run/);
  assert.equal(bearingOf(limited(100, 3_600_000), 1, false).withoutSignals, null);
  // A strict limit takes one signal after the other.
  assert.ok(bearingOf(limited(2, 1000), 1, false).gapMs >= 500);
  assert.equal(bearingOf(limited(5, 1000, 'client'), 1, false).requests <= 5, true);
  // A key without an id would make a signal of the run a repeat.
  const coarse = changed({ idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['action'] } });
  assert.match(bearingOf(coarse, 1, true).withoutSignals ?? '', /holds no id/);
  assert.equal(bearingOf(coarse, 0, true).withoutSignals, null);
});

const heard = (aheadMs: number, tookMs: number, headers: Heard['headers'] = {}): Heard => {
  const sentAtMs = 1_000_000_000_250;
  const date = new Date(sentAtMs + tookMs / 2 + aheadMs).toUTCString();
  return { status: 200, headers: { date, ...headers }, body: '', error: null, sentAtMs, heardAtMs: sentAtMs + tookMs };
};

test('an offset that a Date of whole seconds cannot tell is none, however old a busy server left it', () => {
  assert.equal(clockInWords({ lowMs: -1000, highMs: -600 }), "within 1 s of this machine's");
  assert.equal(clockInWords({ lowMs: -400, highMs: 1600 }), "within 2 s of this machine's");
  assert.equal(clockInWords({ lowMs: -60_700, highMs: -59_700 }), "60.2 s behind this machine's, ±0.5 s");
});

test('the clock of a server by its answers holds the true offset, and only a sure one counts', () => {
  for (const aheadMs of [-3_600_000, -60_000, -1_000, 0, 700, 60_000]) {
    const clock = serverClock([heard(aheadMs, 40), heard(aheadMs, 10)]);
    assert.ok(clock !== null && clock.lowMs <= aheadMs && aheadMs <= clock.highMs, String(aheadMs));
    assert.equal(surelyOffMs(clock) !== null, Math.abs(aheadMs) >= 60_000);
  }
  assert.equal(surelyOffMs(serverClock([heard(31_000, 5_000)])), null);
  // The middle of what a slow answer leaves open is no offset: this one was dated as its request came.
  const slow = serverClock([heard(-2_500, 5_000)]);
  assert.ok(slow !== null && mayAgree(slow) && Math.abs(middleMs(slow)) >= 1000);
  assert.ok(
    [serverClock([heard(5_000, 10)]), serverClock([heard(-5_000, 10)])].every(
      (clock) => clock !== null && !mayAgree(clock),
    ),
  );
  assert.equal(serverClock([heard(0, 10, { age: '3' })]), null);
  assert.equal(serverClock([heard(0, 10), heard(60_000, 10)]), null);
});

const { sizes } = sizesFromSettings({});
const seenBy = (profile: TargetProfile, scenarios: readonly BuiltInScenario[] = defaultScenarios) => ({
  ...{ profile, scenarios, plans: scenarios.map((name) => planOf(name, sizes, profile, 0)), hasLedger: true },
  ...{ isWatched: true, seesDescriptors: true, seesRedis: true, seesDatabase: true },
  ...{ asksRedis: false, asksDatabase: false },
});

test('what cannot be decided is told by criterion, and nothing of a run that can decide all', () => {
  const titles = (list: ReturnType<typeof undecided>) => list.map(({ title, status }) => `${title}: ${status}`);
  assert.deepEqual(titles(undecided(seenBy(embedded))), ['Database and Redis: not applicable']);
  const blind = undecided({ ...seenBy(generic), isWatched: false, seesRedis: false });
  assert.deepEqual(
    blind.filter(({ status }) => status === 'inconclusive').map(({ title }) => title),
    [
      ...['Worker crashes', 'Memory growth during sustained load', 'Memory leak over the load/settle cycles'],
      ...['Descriptors and threads', 'CPU of the server', 'Exactly once', 'Database and Redis'],
    ],
  );
  const alone = undecided(seenBy(embedded, ['burst']));
  assert.ok(titles(alone).includes('Authentication: not run'), titles(alone).join());
});

test('a store whose address is given is judged by the run, also where the profile declares it absent', () => {
  const foretold = (facts: Partial<Parameters<typeof undecided>[0]>) =>
    undecided({ ...seenBy(embedded), ...facts }).flatMap(({ title, status, why }) =>
      title === 'Database and Redis' ? `${status}: ${why}` : [],
    );
  assert.deepEqual(foretold({}), ['not applicable: both are declared absent']);
  assert.deepEqual(foretold({ asksDatabase: true }), []);
  assert.deepEqual(foretold({ asksRedis: true }), []);
  const sqlite = changed({ redis: 'none', database: 'sqlite' });
  assert.match(foretold({ profile: sqlite }).join(), /not applicable: the server keeps its data in SQLite/);
  assert.deepEqual(foretold({ profile: sqlite, asksDatabase: true }), []);
  assert.match(
    foretold({ asksDatabase: true, seesDatabase: false }).join(),
    /inconclusive: not monitored: the database/,
  );
});

test('what stands in the way is said before what a run can decide', () => {
  const refused = problem('signal', 'answered 401', 'is the secret right?');
  const judged = fault('repeat', 'accepted once more', 'see answers', 'exactly-once');
  const absent = unknown('read-back', 'nothing is there yet');
  assert.deepEqual(obstaclesOf([refused, judged, absent], embedded), ['signal', 'read-back']);
  assert.deepEqual(obstaclesOf([judged, ok('read-back', 'there, once'), absent], embedded), []);
  assert.deepEqual(obstaclesOf([absent], { ...embedded, readback: { kind: 'none' } }), []);
  assert.equal(
    undecidedText([], ['signal', 'read-back']),
    'What stands in the way: signal, read-back (→ above). Settle it first.\nThen a run with these settings can decide every criterion.\n',
  );
});

test('a server that could not be examined leaves open what a run can decide', () => {
  assert.match(undecidedText(null, []), /once the problems are solved/);
  assert.match(undecidedText([], []), /can decide every criterion/);
  assert.match(
    undecidedText(undecided(seenBy(embedded)), []),
    /Database and Redis +not applicable +both are declared absent/,
  );
});

test('what a server says of a refusal is short, printable and without secrets', () => {
  const redact = (text: string) => text.replaceAll('canary', '‹secret›');
  const fastapi = { detail: [{ loc: ['body', 'ticker'], msg: 'Field required', input: { secret: 'canary' } }] };
  assert.equal(complaintIn(JSON.stringify(fastapi), redact), 'body.ticker: Field required');
  assert.equal(complaintIn('{"error":{"message":"no canary here\\u001b[31m"}}', redact), 'no ‹secret› here [31m');
  assert.equal((complaintIn(JSON.stringify({ message: 'x'.repeat(500) }), redact) ?? '').length, 161);
  assert.equal(complaintIn('<html>', redact), null);
});

test('a bare signature that is refused is told the forms that servers often want, and no other one is', () => {
  const forms = (secret: object, status = 401) => signatureForms(status, changed({ secret }));
  const bare = { in: 'signature', headers: { 'X-Signature': '{signature}' } };
  assert.match(forms(bare), /sha256=\{signature\} .* secret\.encoding: 'base64'/);
  assert.match(forms({ ...bare, encoding: 'base64' }), /secret\.encoding: 'hex'/);
  assert.equal(forms(bare, 404), '');
  assert.equal(forms({ in: 'signature', headers: { 'X-Signature': 'sha256={signature}' } }), '');
  assert.equal(forms({ in: 'header', name: 'X-Secret' }), '');
});

test('a limit that the server tells is held against the profile', () => {
  const says = (headers: Heard['headers'], profile = embedded) =>
    limitHeadersCheck(profile, { ...heard(0, 1), headers });
  assert.equal(says({}), null);
  assert.equal(says({ 'x-ratelimit-limit': '10' })?.status, 'ok');
  assert.match(says({ 'x-ratelimit-limit': '100' })?.text ?? '', /says 100, the profile 10 per 1000 ms/);
  const promised = changed({ limiter: { kind: 'sliding', limit: 10, windowMs: 1000, rateLimitHeaders: true } });
  assert.equal(says({}, promised)?.status, 'problem');
  const none = changed({ limiter: { kind: 'none' } });
  assert.equal(says({}, none), null);
  const undeclared = says({ 'ratelimit-limit': '10' }, none);
  assert.equal(undeclared?.status, 'unknown');
  assert.match(undeclared?.text ?? '', /has RateLimit headers, and the profile declares no limiter/);
  assert.match(undeclared?.remedy ?? '', /^declare it \(limiter\.kind/);
});

test('the table keeps to its width, with the remedy below', () => {
  const text = 'word '.repeat(40).trim();
  const table = checksTable([{ subject: 'x', status: 'problem', text, remedy: 'do it', endsRun: true }], {
    color: false,
    width: 80,
  });
  assert.match(table, /^ {2}✗ problem {2}x {2}word/);
  assert.match(table, /\n {16}→ do it\n$/);
  assert.ok(
    table.split('\n').every((line) => line.length <= 80),
    table,
  );
});
