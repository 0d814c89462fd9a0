import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  countBy,
  createWebhook,
  processedIds,
  readPage,
  send,
  sendAtOnce,
  signal,
  verdictOf,
} from '../fixtures/backend.ts';

const limit = 10;
const windowMs = 1000;
const ttlMs = 1000;
const marginMs = 150;

const signals = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => signal(`${prefix}-${n}`));

/**
 * Runs a measurement whose meaning depends on being quick enough; on a busy machine it tries again.
 * @param attempt says by false that it was too slow to tell anything.
 */
async function inTime(attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    if (await attempt()) return;
  }
  assert.fail('this machine was too slow five times in a row');
}

/** What a healthy backend with the default settings promises, wherever it keeps its state. */
export const behaviors: readonly { readonly name: string; readonly holds: (backend: Backend) => Promise<void> }[] = [
  {
    name: 'of 30 distinct signals at once exactly 10 are accepted, in any later window again',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        for (const round of ['first', 'second']) {
          const startedMs = performance.now();
          const counts = await sendAtOnce(backend, webhook, signals(30, round));
          if (performance.now() - startedMs >= windowMs) return false;
          assert.deepEqual(counts, { accepted: limit, limited: 20 });
          await sleep(windowMs + marginMs);
        }
        assert.equal((await processedIds(backend, webhook)).length, 2 * limit);
        return true;
      });
    },
  },
  {
    name: 'the window slides: what was admitted late in one window counts in the next',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        assert.deepEqual(await sendAtOnce(backend, webhook, signals(4, 'early')), { accepted: 4 });
        const earlyEndMs = performance.now();
        await sleep(600);
        const lateStartMs = performance.now();
        const late = await sendAtOnce(backend, webhook, signals(6, 'late'));
        await sleep(Math.max(0, earlyEndMs + windowMs + marginMs - performance.now()));
        const counts = await sendAtOnce(backend, webhook, signals(30, 'across'));
        if (performance.now() - lateStartMs >= windowMs) return false;
        assert.deepEqual(late, { accepted: 6 });
        assert.deepEqual(counts, { accepted: 4, limited: 26 });
        return true;
      });
    },
  },
  {
    name: 'a refusal says when to come back and does not prolong the wait',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        const startedMs = performance.now();
        await sendAtOnce(backend, webhook, signals(limit, 'fill'));
        const filledMs = performance.now();
        const refused = await send(backend, webhook, signal('refused'));
        if (performance.now() - startedMs >= windowMs) return false;
        assert.equal(refused.status, 429);
        assert.equal(refused.headers.get('Retry-After'), '1');
        while (performance.now() < startedMs + windowMs - 200) await send(backend, webhook, signal('refused again'));
        // Too slow: the last of these met a window that was over and took a place.
        if (performance.now() - startedMs >= windowMs) return false;
        await sleep(filledMs + windowMs + marginMs - performance.now());
        assert.deepEqual(await sendAtOnce(backend, webhook, signals(limit, 'next')), { accepted: limit });
        return true;
      });
    },
  },
  {
    name: 'of 50 identical signals at once one is accepted and 49 are duplicates of it',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        const startedMs = performance.now();
        const answers = await Promise.all(Array.from({ length: 50 }, () => send(backend, webhook, signal('same'))));
        if (performance.now() - startedMs >= ttlMs) return false;
        assert.deepEqual(countBy(answers.map(verdictOf)), { accepted: 1, duplicate: 49 });
        const ids = new Set(answers.map(({ body }) => JSON.stringify(body).match(/"id":"([^"]+)"/)?.[1]));
        assert.equal(ids.size, 1);
        assert.deepEqual(await processedIds(backend, webhook), ['same']);
        return true;
      });
    },
  },
  {
    name: 'a limited signal does not occupy its key',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        const startedMs = performance.now();
        await sendAtOnce(backend, webhook, signals(limit, 'fill'));
        const filledMs = performance.now();
        await sleep(Math.max(0, startedMs + windowMs - 300 - performance.now()));
        const refused = verdictOf(await send(backend, webhook, signal('late')));
        const refusedMs = performance.now();
        await sleep(Math.max(0, filledMs + windowMs + marginMs - performance.now()));
        const accepted = verdictOf(await send(backend, webhook, signal('late')));
        // Too slow: the window was over at the refusal, or the TTL at the repeat.
        if (refusedMs - startedMs >= windowMs || performance.now() - refusedMs >= ttlMs) return false;
        assert.deepEqual([refused, accepted], ['limited', 'accepted']);
        return true;
      });
    },
  },
  {
    name: 'a duplicate uses no quota',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        const startedMs = performance.now();
        const repeats = await sendAtOnce(backend, webhook, Array(20).fill(signal('first')));
        const others = await sendAtOnce(backend, webhook, signals(15, 'other'));
        if (performance.now() - startedMs >= windowMs) return false;
        assert.deepEqual(repeats, { accepted: 1, duplicate: 19 });
        assert.deepEqual(others, { accepted: limit - 1, limited: 15 - (limit - 1) });
        return true;
      });
    },
  },
  {
    name: 'a repeat is a duplicate until the TTL since the first has passed, and does not refresh it',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        const startedMs = performance.now();
        const first = verdictOf(await send(backend, webhook, signal('again')));
        const firstEndMs = performance.now();
        await sleep(600);
        const within = verdictOf(await send(backend, webhook, signal('again')));
        const withinMs = performance.now() - startedMs;
        await sleep(Math.max(0, firstEndMs + ttlMs + marginMs - performance.now()));
        const after = verdictOf(await send(backend, webhook, signal('again')));
        if (withinMs >= ttlMs) return false;
        assert.deepEqual([first, within, after], ['accepted', 'duplicate', 'accepted']);
        assert.deepEqual(await processedIds(backend, webhook), ['again', 'again']);
        return true;
      });
    },
  },
  {
    name: 'without an id the whole payload is the key, in any order of its fields',
    async holds(backend) {
      await inTime(async () => {
        const webhook = await createWebhook(backend);
        const bodies = [
          '{"action":"BUY","ticker":"AAPL","quantity":1,"price":2}',
          '{"price":2,"quantity":1,"ticker":"AAPL","action":"BUY"}',
          '{"action":"SELL","ticker":"AAPL","quantity":1,"price":2}',
          '{"action":"BUY","ticker":"AAPL","quantity":1,"price":2,"note":"more"}',
        ];
        const startedMs = performance.now();
        const verdicts: string[] = [];
        for (const body of bodies) verdicts.push(verdictOf(await send(backend, webhook, body)));
        if (performance.now() - startedMs >= ttlMs) return false;
        assert.deepEqual(verdicts, ['accepted', 'duplicate', 'accepted', 'accepted']);
        assert.deepEqual(await processedIds(backend, webhook), [null, null, null]);
        return true;
      });
    },
  },
  {
    name: 'webhooks share neither keys nor quota',
    async holds(backend) {
      for (const webhook of [await createWebhook(backend), await createWebhook(backend)]) {
        assert.deepEqual(await sendAtOnce(backend, webhook, signals(limit, 'shared')), { accepted: limit });
      }
    },
  },
  {
    name: 'read-back tells what was accepted, in order, page by page',
    async holds(backend) {
      const webhook = await createWebhook(backend);
      assert.deepEqual(await readPage(backend, webhook), { signals: [], next: null, total: 0 });
      const beforeUs = Date.now() * 1000;
      const sent = Array.from({ length: limit }, (_, n) =>
        signal(`s${n}`, { action: n % 2 === 0 ? 'BUY' : 'SELL', ticker: `T${n % 3}`, quantity: n + 1, price: n + 0.5 }),
      );
      for (const body of sent) assert.equal(verdictOf(await send(backend, webhook, body)), 'accepted');
      const afterUs = Date.now() * 1000;

      const first = await readPage(backend, webhook, '&limit=4');
      const second = await readPage(backend, webhook, `&limit=4&after=${first.next}`);
      const third = await readPage(backend, webhook, `&limit=4&after=${second.next}`);
      assert.deepEqual([first.next, second.next, third.next], [4, 8, null]);
      assert.deepEqual([first.total, second.total, third.total], [limit, limit, limit]);
      const read = [...first.signals, ...second.signals, ...third.signals];
      assert.deepEqual(
        read.map(({ sequence, processed_at_us, ...rest }) => rest),
        sent,
      );
      assert.deepEqual(
        read.map(({ sequence }) => sequence),
        sent.map((_, n) => n + 1),
      );
      const times = read.map(({ processed_at_us }) => processed_at_us);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
      const clockSlackUs = 5000;
      assert.ok(times.every((time) => time >= beforeUs - clockSlackUs && time <= afterUs + clockSlackUs));
    },
  },
];
