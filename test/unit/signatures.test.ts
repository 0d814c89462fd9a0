import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkSignature, signingSecret } from '../../backend/signatures.ts';
import { nodeCryptography } from '../../cli/doctor/node-cryptography.ts';
import { staleMs } from '../../contract/plan/forgeries.ts';
import type { Signature, TargetProfile } from '../../contract/profile/profile.ts';
import { isRespaceable } from '../../contract/profile/respaceable.ts';
import { keyProblem, withoutPrefix } from '../../contract/profile/signing-key.ts';
import { alteredSecret, anotherSecret } from '../../contract/request/false-secret.ts';
import { compileRequest, fillSegments, type SignalWords } from '../../contract/request/request-program.ts';
import { SignalRequests } from '../../contract/request/signal-request.ts';
import { malformedAt, type Proof, withSignature } from '../../contract/request/signed-words.ts';
import { builtInProfileNames, builtInProfiles } from '../../profiles/built-in.ts';
import '../fixtures/seed.ts';

const baseUrl = 'http://127.0.0.1:8000';
const nowMs = 1_764_000_000_000;

const signedProfiles = builtInProfileNames.flatMap((name): (TargetProfile & { readonly secret: Signature })[] => {
  const profile = builtInProfiles[name];
  return profile.secret.in === 'signature' ? [{ ...profile, secret: profile.secret }] : [];
});

/** Others than the vendors' own: every algorithm, key, encoding and way to write the time. */
const declared = fc.record({
  algorithm: fc.constantFrom('sha1', 'sha256', 'sha512'),
  key: fc.record({ encoding: fc.constantFrom('text', 'base64', 'hex'), prefix: fc.constantFrom('', 'whsec_', 'sk.') }),
  signed: fc.constantFrom(
    '{body}',
    '{timestamp}.{body}',
    '{method}\n{path}\n{timestamp}\n{body}',
    '{id}{url}{body}{request_id}',
    '{uuid}{url}{body}',
  ),
  encoding: fc.constantFrom('hex', 'base64'),
  timestamp: fc.constantFrom('s', 'ms', 'iso'),
});

const anyProfile = fc.oneof(
  fc.constantFrom(...signedProfiles),
  fc.tuple(fc.constantFrom(...signedProfiles), declared).map(([profile, changes]) => ({
    ...profile,
    request: { ...profile.request, contentType: 'application/json' },
    secret: {
      ...profile.secret,
      ...changes,
      headers: { 'X-Sign': 't={timestamp};id={id};v1={signature}', 'X-Request': '{request_id}', 'X-Uuid': '{uuid}' },
      toleranceSeconds: 300,
    } as const,
  })),
);

const anyWords = fc.record({
  token: fc.uuid(),
  id: fc.stringMatching(/^[\w-]{1,30}$/),
  n: fc.nat(),
  uuid: fc.uuid({ version: 4 }),
  action: fc.constantFrom('BUY', 'SELL'),
  ticker: fc.stringMatching(/^[A-Z.:é"]{1,8}$/),
  quantity: fc.integer({ min: 1, max: 99 }),
  price: fc.integer({ min: 1, max: 99_999 }).map((cents) => cents / 100),
});

const timestamps = {
  s: (ms: number) => String(Math.floor(ms / 1000)),
  ms: String,
  iso: (ms: number) => new Date(ms).toISOString(),
} as const;

/** What the sender puts on the wire, by Node's own HMAC. */
function sent(profile: TargetProfile & { readonly secret: Signature }, given: SignalWords, atMs: number) {
  const program = compileRequest(profile, baseUrl);
  const { key, timestamp, algorithm, encoding } = profile.secret;
  const words = { ...given, timestamp: timestamps[timestamp](atMs), request_id: 'r-1' };
  const body = fillSegments(program.body ?? [], words);
  const params = fillSegments(program.signature?.params ?? [], words);
  const secret = withoutPrefix(String(given.secret), key.prefix);
  const hmac = createHmac(algorithm, Buffer.from(secret, key.encoding === 'text' ? 'utf8' : key.encoding));
  const signature = hmac
    .update(fillSegments(program.signature?.signed ?? [], { ...words, body, params }))
    .digest(encoding);
  const headers: Record<string, string> = { host: '127.0.0.1:8000' };
  for (const { name, value } of program.headers)
    headers[name.toLowerCase()] = fillSegments(value, { ...words, signature });
  return { method: program.method, url: fillSegments(program.path, words), headers, rawBody: body };
}

test('what is signed as declared is right, and anything else is not', () => {
  fc.assert(
    fc.property(anyProfile, anyWords, (profile, rest) => {
      const secret = signingSecret(profile.secret, 'password', rest.token);
      assert.equal(keyProblem(profile.secret, secret), null);
      const request = sent(profile, { ...rest, secret }, nowMs);
      const check = (changed: Partial<typeof request>, by = secret) =>
        checkSignature(profile.secret, { ...request, ...changed }, by, nowMs);
      assert.equal(check({}), 'right');
      const otherBody = request.rawBody.replace(rest.id, `${rest.id}0`);
      if (/\{(body|params)\}/.test(profile.secret.signed)) assert.equal(check({ rawBody: otherBody }), 'wrong');
      for (const place of [0, 1] as const) {
        const other = alteredSecret(profile, secret, place);
        assert.equal(keyProblem(profile.secret, other), null, 'it has the form of a key');
        assert.equal(check({}, other), 'wrong');
      }
      const [signatureHeader = ''] = Object.entries(profile.secret.headers).flatMap(([name, value]) =>
        value.includes('{signature}') ? [name.toLowerCase()] : [],
      );
      const { [signatureHeader]: _, ...headers } = request.headers;
      assert.equal(check({ headers }), 'missing');
      if (profile.secret.toleranceSeconds === null || !profile.secret.signed.includes('{timestamp}')) return;
      const old = sent(profile, { ...rest, secret }, nowMs - staleMs(profile));
      assert.equal(checkSignature(profile.secret, old, secret, nowMs), 'stale');
    }),
  );
});

test('a malformed signature is the first half of the right one, zz, or of its length and not decodable, in turn', () => {
  const webhook = { token: 't', secret: 'whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0' };
  const signal = { action: 'BUY', ticker: 'A', quantity: 1, price: 1, signal_id: 'run-g1' } as const;
  for (const profile of signedProfiles) {
    const program = compileRequest(profile, baseUrl);
    assert.ok(program.signature !== null);
    const { signature, body } = program;
    const { token, secret } = webhook;
    const { signal_id: id, ...rest } = signal;
    const by = (flaw: Proof['flaw']): string =>
      String(
        withSignature(
          { signature, body },
          { token, secret, id, n: 1, uuid: '', ...rest },
          { flaw, atMs: nowMs, requestId: 'r-1' },
          nodeCryptography,
        ).signature,
      );
    const right = by('none');
    const wanted = [right.slice(0, right.length / 2), 'zz', '!'.repeat(right.length)];
    assert.deepEqual(
      wanted.map((_, turn) => by(malformedAt(turn))),
      wanted,
    );
    assert.equal(malformedAt(3), malformedAt(0));
    for (const turn of wanted.keys()) {
      const requests = new SignalRequests(profile, baseUrl, nodeCryptography);
      const { method, path: url, headers, body: sentBody } = requests.of(webhook, signal, { flaw: malformedAt(turn) });
      const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const request = { method, url, headers: Object.fromEntries(lower), rawBody: sentBody ?? '' };
      assert.equal(checkSignature(profile.secret, request, secret, Date.now()), 'malformed', profile.name);
    }
  }
});

test('a respaced body is signed by its own bytes: right over what was sent, wrong over what JSON makes of it', () => {
  const webhook = { token: 't', secret: 'whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0' };
  const signal = { action: 'BUY', ticker: 'A', quantity: 1, price: 1, signal_id: 'run-g1' } as const;
  for (const profile of signedProfiles) {
    const requests = new SignalRequests(profile, baseUrl, nodeCryptography);
    const { method, path: url, headers, body } = requests.of(webhook, signal, { flaw: 'respaced' });
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const check = (rawBody: string) =>
      checkSignature(
        profile.secret,
        { method, url, headers: { ...Object.fromEntries(lower), host: '127.0.0.1:8000' }, rawBody },
        webhook.secret,
        Date.now(),
      );
    assert.equal(check(body ?? ''), 'right', profile.name);
    if (!isRespaceable(profile)) continue;
    assert.match(body ?? '', /": .*, "/);
    assert.equal(check(JSON.stringify(JSON.parse(body ?? ''))), 'wrong', profile.name);
  }
});

test('another secret is that of another webhook, unless the secret alone tells which webhook it is', () => {
  const { embedded } = builtInProfiles;
  const webhooks = ['a', 'a', 'other'].map((secret, n) => ({ token: `t${n}`, secret }));
  assert.equal(anotherSecret(embedded, webhooks, 0), 'other');
  assert.equal(anotherSecret(embedded, webhooks, 2), 'a');
  const bySecret: TargetProfile = { ...embedded, request: { ...embedded.request, path: '/in' } };
  assert.equal(
    webhooks.some(({ secret }) => secret === anotherSecret(bySecret, webhooks, 0)),
    false,
  );
  assert.notEqual(anotherSecret(embedded, webhooks.slice(0, 2), 0), 'a');
});

test('a secret that is no key is told before anything is sent, and not repeated', () => {
  const [standard] = signedProfiles.filter(({ secret }) => secret.key.encoding === 'base64');
  assert.ok(standard !== undefined);
  for (const wrong of ['whsec_canary!', 'whsec_', 'whsec_abcde', 'canary canary']) {
    const problem: string | null = keyProblem(standard.secret, wrong);
    assert.equal(problem, 'is not base64 after "whsec_", which secret.key of the profile declares');
  }
  for (const right of ['whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0', 'MTIz', 'whsec_MTI=', 'whsec_MTI']) {
    assert.equal(keyProblem(standard.secret, right), null);
  }
});
