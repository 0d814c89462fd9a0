import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { deliveryAdvice } from '../../analysis/rules/exactly-once-advice.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { seeded } from '../fixtures/random.ts';
import { type RedeliveryFault, redeliveryLedger } from '../fixtures/redelivery-server.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';
import { madeTtlMs, type SignalFaults, SignalServer } from '../fixtures/signal-server.ts';
import { limitedBy } from './plan-cases.ts';

const promised = (repeatRefreshes: boolean): TargetProfile => ({
  ...builtInProfiles.embedded,
  idempotency: {
    ...{ kind: 'ttl', ttlMs: madeTtlMs, fields: ['signal_id', 'ticker'] },
    ...{ order: 'before-limiter', repeatRefreshes },
  },
});

function found(faults: SignalFaults, repeatRefreshes = false): Judgement {
  const server = new SignalServer(seeded(3), {});
  server.gaps(30);
  server.together(30, 10);
  server.refresh(30);
  server.unlike(30);
  server.changedPayload(30);
  const profile = promised(repeatRefreshes);
  const ledger = resolveReplays(server.ledger(faults, true), profile);
  return exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile }));
}

const race = /atomic/;
const notOfRace = /TTL:|the key|counters|background|fingerprint|client that has exited|released|error logs/;

test('what goes wrong with signals decides which advice stands first, and what is not said', () => {
  const cases: readonly (readonly [SignalFaults, RegExp, RegExp])[] = [
    [{ raceMs: 2 }, /^claim the idempotency key .* atomic step/, notOfRace],
    [{ workers: 2 }, /^keep idempotency keys in a store that all workers share/, /TTL:|looked up|lost keys|background/],
    [{ workers: 3 }, /^keep idempotency keys in a store that all workers share/, /TTL:|looked up|lost keys|background/],
    [{ ttlFactor: 0.9 }, /^TTL: is it set with the claim/, race],
    [{ ttlFactor: 1.1 }, /^TTL: is it set with the claim/, /atomic|released/],
    [{ ttlFactor: 0 }, /^is the key looked up at all/, /atomic|TTL:|released/],
    [{ refreshes: true }, /^TTL: is it set with the claim/, race],
    [{ ignoresTicker: true }, /^the key: does it hold every field/, /atomic|released|background/],
    [{ lostRate: 0.05 }, /^background work: is a signal acknowledged before/, /atomic|TTL:|fingerprint/],
    [{ uncountedRate: 0.05 }, /^counters: increment/, /atomic|TTL:|the key|background/],
    [{ failureRate: 0.05 }, /^error logs of the workers/, /atomic|TTL:|the key|fingerprint/],
  ];
  for (const [faults, first, never] of cases) {
    const judgement = found(faults);
    assert.equal(judgement.status, 'fail', JSON.stringify(faults));
    assertAdvice(exactlyOnce, judgement, { first, never });
  }
  assertAdvice(exactlyOnce, found({ refreshes: false }, true), {
    first: /^TTL: a repeat should set it anew/,
    never: race,
  });
  assert.deepEqual(toldOf(exactlyOnce, found({})), []);
});

test('keys per worker are named by the connections that find them, and a race is not', () => {
  const text = (faults: SignalFaults): string => {
    const { summary, evidence = [] } = found(faults);
    return [summary, ...evidence].join('\n');
  };
  const perWorker =
    /keys are kept per worker, process or instance: .* over the connection of the first are recognized \((\d+) of \1\), and over another connection \d+ of \d+ are taken as new/;
  assert.match(text({ workers: 3 }), perWorker);
  assert.doesNotMatch(text({ workers: 3 }), /TTL kept|TTL shorter|declare ttlMs/);
  for (const faults of [{}, { raceMs: 2 }, { ttlFactor: 0.9 }, { ttlFactor: 0 }]) {
    assert.doesNotMatch(text(faults), perWorker, JSON.stringify(faults));
  }
  assert.match(text({}), /over another connection than the first: (\d+) of \1 recognized/);
});

test('where keys per worker are proven, no second cause is made of what they do in other scenarios', () => {
  const profile = promised(false);
  const ledgerIn = (send: (server: SignalServer) => void) => {
    const server = new SignalServer(seeded(3), {});
    send(server);
    return resolveReplays(server.ledger({ workers: 2 }, true), profile);
  };
  const oneByOne = ledgerIn((server) => server.gaps(30));
  const probes = ledgerIn((server) => {
    server.gaps(30);
    server.together(30, 10);
  });
  const scenarios = [
    { name: 'hft' as const, ledger: oneByOne },
    { name: 'idempotency' as const, ledger: probes },
  ];
  assertAdvice(exactlyOnce, exactlyOnce.judge(runOf(scenarios, { profile })), {
    first: /^keep idempotency keys in a store that all workers share/,
    never: /^shared keys:|lost keys|TTL:/,
  });
});

test('what follows a cut or a failure is told of by it', () => {
  const profile = limitedBy({}, 1000);
  const judged = (fault: RedeliveryFault | null): Judgement => {
    const ledger = redeliveryLedger({ profile, random: seeded(2), fault });
    return exactlyOnce.judge(runOf([{ name: 'redelivery', ledger }], { profile }));
  };
  const never = /TTL:|the key:|counters|fingerprint|looked up/;
  for (const fault of ['abort-before-key', 'key-after-effect', 'key-kept-after-abort'] as const)
    assertAdvice(exactlyOnce, judged(fault), {
      first: /^if the client closes the connection, the handler must not stop/,
      never,
    });
  const failing = judged('error-after-effect');
  assert.match(toldOf(exactlyOnce, failing).join('\n'), /^a handler that fails after the effect must keep the key/m);
  assert.deepEqual(toldOf(exactlyOnce, judged(null)), []);
});

test('a signal that was sent once and processed twice is told of what works behind the answers', () => {
  const requests = Array.from({ length: 40 }, (_, n) => ({
    atMs: n * 50,
    outcome: 'accepted' as const,
    signal: `tag-${n}`,
  }));
  const judged = (extra: number): Judgement =>
    exactlyOnce.judge(
      runOf([
        {
          name: 'sustained',
          ledger: ledgerOf(requests, Object.fromEntries(requests.map(({ signal }, n) => [signal, n < extra ? 2 : 1]))),
        },
      ]),
    );
  assertAdvice(exactlyOnce, judged(5), { first: /^background work: a queue that delivers at least once/, never: race });
  assert.deepEqual(toldOf(exactlyOnce, judged(0)), []);
});

test('each piece of the advice is said once', () => {
  assert.equal(new Set(deliveryAdvice).size, deliveryAdvice.length);
});
