import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { childrenOf } from '../e2e/stress.ts';
import type { TestServer } from '../fixtures/servers.ts';
import { startNginx, startNodeServer, startPythonServer } from '../third-party/servers.ts';

// That the third-party limiters are what their profiles declare: a change of theirs shows here, not as a riddle in a whole run.

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** One signal over a connection of its own, so that each meets the worker that accepts it. */
async function post(server: TestServer, token: string, agent = new Agent()): Promise<Answer> {
  const sent = request(`${server.url}/hooks/${token}`, {
    agent,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  sent.end(JSON.stringify({ action: 'BUY', ticker: 'AAPL', quantity: 1, price: 1.5, signal_id: 'a' }));
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, retryAfter: response.headers['retry-after'] ?? null, body };
}

const together = (server: TestServer, token: string, count: number): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: count }, () => post(server, token)));

const windowMs = 1000;
let webhooks = 0;

/** Does it on a new webhook until the machine was fast enough for its counts to mean anything. */
async function inTime<T>(maxMs: number, act: (token: string) => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 10; tries += 1) {
    const startMs = performance.now();
    webhooks += 1;
    const result = await act(`webhook-${webhooks}`);
    if (performance.now() - startMs < maxMs) return result;
  }
  throw new Error(`it never took less than ${maxMs} ms`);
}

/** That many signals within one window. */
const burst = (server: TestServer, count: number): Promise<readonly Answer[]> =>
  inTime(0.9 * windowMs, (token) => together(server, token, count));

const admitted = (answers: readonly Answer[]): number => answers.filter(({ status }) => status === 200).length;

function assertOnly200And429(answers: readonly Answer[]): void {
  for (const { status, body } of answers) assert.ok(status === 200 || status === 429, `${status}: ${body}`);
}

async function withServer(starting: Promise<TestServer>, use: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await starting;
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

/**
 * Admitted of one signal, of nine more at 0.7 windows and of thirty at 1.2: a window from the first hit is over by then, a
 * sliding one holds those nine.
 */
function boundary(server: TestServer): Promise<readonly number[]> {
  return inTime(1.5 * windowMs, async (token) => {
    const first = admitted(await together(server, token, 1));
    await sleep(0.7 * windowMs);
    const atEnd = admitted(await together(server, token, 9));
    await sleep(0.5 * windowMs);
    return [first, atEnd, admitted(await together(server, token, 30))];
  });
}

test('every profile of a third-party server is a valid one', () => {
  const folder = join(import.meta.dirname, '..', 'third-party');
  const files = readdirSync(folder).filter((name) => name.endsWith('.config.json'));
  assert.ok(files.length >= 6, 'the profiles are there');
  for (const file of files) {
    const { problems } = readProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    assert.deepEqual(problems, [], file);
  }
});

test('rate-limiter-flexible: 10 per webhook in a window from its first hit, with Retry-After', () =>
  withServer(startNodeServer(), async (server) => {
    const answers = await burst(server, 30);
    assertOnly200And429(answers);
    assert.equal(admitted(answers), 10);
    for (const { status, retryAfter } of answers) assert.equal(retryAfter, status === 429 ? '1' : null);
    assert.equal(admitted(await burst(server, 30)), 10, 'another webhook has its own count');
    assert.deepEqual(await boundary(server), [1, 9, 10]);
  }));

test('limits, fixed window: 10 per webhook in a window from its first hit, no Retry-After', () =>
  withServer(startPythonServer('fixed', 1), async (server) => {
    const answers = await burst(server, 30);
    assertOnly200And429(answers);
    assert.equal(admitted(answers), 10);
    for (const { retryAfter } of answers) assert.equal(retryAfter, null);
    assert.equal(admitted(await burst(server, 30)), 10, 'another webhook has its own count');
    assert.deepEqual(await boundary(server), [1, 9, 10]);
  }));

test('limits, moving window: 10 in any second', () =>
  withServer(startPythonServer('moving', 1), async (server) => {
    const answers = await burst(server, 30);
    assertOnly200And429(answers);
    assert.equal(admitted(answers), 10);
    assert.deepEqual(await boundary(server), [1, 9, 1]);
  }));

test('limits under two uvicorn workers: each worker admits 10 of its own', () =>
  withServer(startPythonServer('fixed', 2), async (server) => {
    assert.equal(childrenOf(server.pid).filter(({ commandLine }) => /spawn_main/.test(commandLine)).length, 2);
    const byWorker = new Map<number, number>();
    // Which worker accepts a connection is chance: a window in which each got some comes soon.
    for (let n = 0; n < 20 && byWorker.size < 2; n += 1) {
      byWorker.clear();
      const answers = await burst(server, 60);
      assertOnly200And429(answers);
      for (const { status, body } of answers) {
        if (status !== 200) continue;
        const { worker } = z.object({ worker: z.number() }).parse(JSON.parse(body));
        byWorker.set(worker, (byWorker.get(worker) ?? 0) + 1);
      }
    }
    assert.equal(byWorker.size, 2);
    for (const count of byWorker.values()) assert.ok(count <= 10, `${count} by one worker`);
  }));

test('nginx limit_req with burst=20 nodelay: a bucket of 21 a webhook', () =>
  withServer(startNginx('burst=20 nodelay'), async (server) => {
    const startMs = performance.now();
    const answers = await together(server, 'a', 60);
    // The bucket refills while the burst goes in.
    const refilled = Math.ceil((performance.now() - startMs) / 100);
    assertOnly200And429(answers);
    const count = admitted(answers);
    assert.ok(count >= 21 && count <= 21 + refilled, `${count} admitted`);
    for (const { retryAfter } of answers) assert.equal(retryAfter, null);
    assert.equal(admitted(await together(server, 'b', 21)), 21, 'another webhook has its own bucket');
  }));

test('nginx limit_req with burst=5: one at once, five in line, answered after the refusals', () =>
  withServer(startNginx('burst=5'), async (server) => {
    const order: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const answer = await post(server, 'a');
        order.push(answer.status);
        return answer;
      }),
    );
    assertOnly200And429(answers);
    const count = admitted(answers);
    assert.ok(count >= 6 && count < 40, `${count} admitted`);
    // Refusals do not wait, those in line do.
    assert.deepEqual(order.slice(-4), [200, 200, 200, 200]);
  }));
