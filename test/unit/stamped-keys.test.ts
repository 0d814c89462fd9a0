import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';
import type { KeyOf } from '../fixtures/simulated-server.ts';
import { profile, sizesWith } from './plan-cases.ts';

const signed = (timestamp: 's' | 'ms' = 's'): TargetProfile => ({
  ...profile,
  secret: {
    ...{ in: 'signature', algorithm: 'sha256', key: { encoding: 'text', prefix: '' }, encoding: 'hex' },
    ...{ signed: '{timestamp}.{body}', headers: { 'X-Signed': 't={timestamp},v1={signature}' }, timestamp },
    ...{ publicUrl: null, toleranceSeconds: 300, refusesReplays: false },
  },
});

const byId: KeyOf = ({ signal_id: id, ticker }, webhook) => `${webhook} ${id} ${ticker}`;

/** The key holds the timestamp of the request too, or what is signed with it. */
const stampedEvery =
  (ms: number): KeyOf =>
  (signal, webhook, sendMs) =>
    `${byId(signal, webhook, sendMs)} ${Math.floor(sendMs / ms)}`;

interface Case {
  readonly declared: TargetProfile;
  readonly keyOf?: KeyOf;
  readonly keyLifeMs?: number;
  readonly seed?: number;
}

function judged({ declared, keyOf = byId, keyLifeMs, seed = 11 }: Case) {
  const run = simulatedRun(['idempotency'], {
    ...{ profile: declared, sizes: sizesWith({ IDEMPOTENCY_KEYS: '30' }), givenWebhooks: 0, seed, keyOf },
    ...(keyLifeMs === undefined ? {} : { keyLifeMs: () => keyLifeMs }),
  });
  const { status, summary, evidence = [], measures = [] } = exactlyOnce.judge(run);
  return { status, summary, text: [summary, ...evidence].join('\n'), measures };
}

describe('a key that holds the timestamp of the request', () => {
  for (const seed of [1, 2]) {
    test(`is told as such, and as no TTL (seed ${seed})`, () => {
      const { status, summary, text, measures } = judged({ declared: signed(), keyOf: stampedEvery(1000), seed });
      assert.equal(status, 'fail');
      assert.match(
        summary,
        /recognized only with the timestamp of the first, whatever the gap: the key holds what/,
        text,
      );
      assert.match(text, /its timestamp in seconds, or the signature over it/);
      assert.match(text, /let the key hold only what the sender repeats/);
      assert.doesNotMatch(text, /TTL shorter|declare ttlMs/);
      assert.ok(measures.every(({ name }) => name !== 'key-expired-after'));
    });
  }

  test('in milliseconds may be a very short TTL as well: both are said', () => {
    const { text } = judged({ declared: signed('ms'), keyOf: stampedEvery(1) });
    assert.match(text, /timestamp in milliseconds/);
  });

  for (const keyLifeMs of [900, 700, 400, 300]) {
    test(`is not suspected where keys live ${keyLifeMs} ms: that TTL is called short`, () => {
      for (const seed of [1, 2]) {
        const { status, summary } = judged({ declared: signed(), keyLifeMs, seed });
        assert.equal(status, 'fail');
        assert.match(summary, /TTL shorter than declared \(/);
        assert.doesNotMatch(summary, /timestamp/);
      }
    });
  }

  test('is not suspected of a server that recognizes all repeats', () => {
    const { status, text } = judged({ declared: signed() });
    assert.equal(status, 'pass', text);
    assert.match(text, /TTL kept from both sides/);
  });

  test('is not suspected where no timestamp is sent', () => {
    const { summary } = judged({ declared: profile, keyLifeMs: 300 });
    assert.match(summary, /TTL shorter than declared \(/);
    assert.doesNotMatch(summary, /timestamp/);
  });

  test('is not suspected where repeats under the same timestamp are forgotten, too', () => {
    let n = 0;
    const forgetful: KeyOf = (signal, webhook, sendMs) => `${byId(signal, webhook, sendMs)} ${n++ % 5 === 0 ? n : ''}`;
    const { status, summary } = judged({ declared: signed(), keyOf: forgetful });
    assert.equal(status, 'fail');
    assert.doesNotMatch(summary, /timestamp/);
  });
});
