import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { onRunClock, ownClock } from '../../analysis/journal/clock.ts';
import { readServer } from '../../analysis/journal/server.ts';
import { readEnvironment } from '../../cli/environment.ts';
import { listenOf } from '../../cli/monitor-listen.ts';
import { MonitorClient, MonitorRefusal } from '../../cli/run/monitor-client.ts';
import { copyOfMonitor } from '../../cli/run/monitor-copy.ts';
import { maxAnswerBytes } from '../../contract/journal/monitor-service.ts';
import { newClock } from '../../monitor/clock.ts';
import { rangeIn } from '../../monitor/serve/file-part.ts';
import { isAuthorized, serveMonitor } from '../../monitor/serve/monitor-service.ts';
import { sampleOf } from '../fixtures/run.ts';

const token = 'a-secret-of-the-monitor';
const header = {
  format: 'server',
  version: 3,
  runId: 'monitor-1',
  startedAtUs: 1,
  clock: { wallUs: 1, monotonicUs: 1 },
};
const identity = { bootId: 'b', host: 'app-1', rootPid: 100, cores: 2, intervalMs: 1000, memorySource: 'rss' };
const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;
const samples = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) => lineOf(sampleOf((from + n) * 1000))).join('');

/** A monitor's file so far, and its service, whose clock is ahead of ours. */
async function serving(t: TestContext, { content = '', aheadMs = 0 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'service-'));
  const journal = join(folder, 'local.ndjson');
  writeFileSync(journal, `${lineOf(header)}${lineOf(identity)}${content}`);
  const own = newClock();
  const clock = { pair: own.pair, nowUs: () => own.nowUs() + aheadMs * 1000 };
  const service = await serveMonitor({ journal, runId: 'monitor-1', host: 'app-1', clock, token }, '127.0.0.1', 0);
  t.after(() => service.close());
  return { ...service, journal, own, copy: join(folder, 'copy', 'app-1.ndjson') };
}

function clientOf(t: TestContext, url: string, withToken = token): MonitorClient {
  const client = new MonitorClient({ url, address: '127.0.0.1', token: withToken, trust: null });
  t.after(() => client.close());
  return client;
}

/** Something else that listens. */
async function listening(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;

test('a clock 700 ms ahead is found to be that, within what is said of it', async (t) => {
  const { url, own } = await serving(t, { aheadMs: 700 });
  const { reading, said } = await clientOf(t, url).measure(own);
  assert.ok(Math.abs(reading.aheadUs - 700_000) <= reading.uncertaintyUs + 1, JSON.stringify(reading));
  assert.deepEqual([said.host, said.runId], ['app-1', 'monitor-1']);
});

test('nobody gets anything without the token, and nobody but a reader with it', async (t) => {
  const { url } = await serving(t);
  const statusOf = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`${url}${path}`, init)).status;
  const headers = { Authorization: `Bearer ${token}` };
  assert.equal(await statusOf('/clock'), 401);
  assert.equal(await statusOf('/journal', { headers: { Authorization: 'Bearer another' } }), 401);
  assert.equal(await statusOf('/journal', { headers }), 206);
  assert.equal(await statusOf('/clock', { headers, method: 'POST', body: 'x' }), 405);
  assert.equal(await statusOf('/../etc/passwd', { headers }), 404);
  await assert.rejects(clientOf(t, url, 'another').clock(), /refuses MONITOR_TOKEN/);
  assert.equal(isAuthorized(undefined, ''), false);
});

test('a part of the file is what a range says', () => {
  assert.deepEqual(rangeIn('bytes=5-'), { from: 5, to: Number.POSITIVE_INFINITY });
  assert.deepEqual(rangeIn('bytes=0-9'), { from: 0, to: 10 });
  for (const text of ['bytes=-5', 'bytes=9-3', 'bytes=1-2,4-5', 'lines=1-2', `bytes=${'9'.repeat(40)}-`]) {
    assert.equal(rangeIn(text), null, text);
  }
});

test('the copy holds header, identity and what was written since the run began, and closes by its own count', async (t) => {
  // More than one answer holds, of which the run needs the end.
  const before = samples(0, Math.ceil(maxAnswerBytes / samples(0, 1).length));
  const { url, journal, copy } = await serving(t, { content: before });
  const fromByte = readFileSync(journal).length;
  appendFileSync(journal, `${samples(90_000, 90_010)}{"atUs":1795`);
  assert.equal(await copyOfMonitor(clientOf(t, url), { path: copy, fromByte, stop: never }), null);
  const { server, end } = readBack(copy);
  assert.deepEqual(end.problems, []);
  assert.equal(server?.samples.at(-1)?.atUs, sampleOf(90_009_000).atUs);
  assert.ok((server?.samples.length ?? 0) > 100 && (server?.samples.length ?? 0) < 2000, 'some of before, not all');
});

test('a monitor that has ended meanwhile is copied whole', async (t) => {
  const { url, journal, copy } = await serving(t, { content: samples(0, 20) });
  appendFileSync(journal, lineOf({ end: true, lines: 21 }));
  assert.equal(await copyOfMonitor(clientOf(t, url), { path: copy, fromByte: 0, stop: never }), null);
  assert.equal(readFileSync(copy, 'utf8'), readFileSync(journal, 'utf8'));
});

test('after broken answers the copy goes on from where it stood', async (t) => {
  const content = samples(0, 5 * Math.ceil(maxAnswerBytes / samples(0, 1).length / 2));
  const { url, journal, copy } = await serving(t, { content });
  let asked = 0;
  const between = await listening(t, (request, response) => {
    asked += 1;
    if (asked % 2 === 0) return void request.socket.destroy();
    void fetch(`${url}${request.url}`, { headers: request.headers as Record<string, string> }).then(async (answer) => {
      response.writeHead(answer.status, { 'Content-Range': answer.headers.get('content-range') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  assert.equal(await copyOfMonitor(clientOf(t, between), { path: copy, fromByte: 0, stop: never }), null);
  const end = lineOf({ end: true, lines: content.split('\n').length });
  assert.equal(readFileSync(copy, 'utf8'), readFileSync(journal, 'utf8') + end);
  assert.ok(asked > 6);
});

test('a monitor that is lost in mid-copy leaves what there was, and the reason', async (t) => {
  const content = samples(0, 3 * Math.ceil(maxAnswerBytes / samples(0, 1).length));
  const { url, copy } = await serving(t, { content });
  let asked = 0;
  const between = await listening(t, (request, response) => {
    asked += 1;
    if (asked > 2) return void request.socket.destroy();
    void fetch(`${url}${request.url}`, { headers: request.headers as Record<string, string> }).then(async (answer) => {
      response.writeHead(answer.status, { 'Content-Range': answer.headers.get('content-range') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  const stop = AbortSignal.abort();
  const problem = await copyOfMonitor(clientOf(t, between), { path: copy, fromByte: 0, stop });
  assert.match(problem ?? '', /^its file could not be fetched to the end: it does not answer/);
  assert.deepEqual(readBack(copy).end.problems, []);
});

test('whatever else answers there is no monitor, and is not read without end', async (t) => {
  const page = await listening(t, (_, response) => void response.end('<html>'));
  await assert.rejects(clientOf(t, page).clock(), MonitorRefusal);
  const flood = await listening(t, (_, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(1 << 16)));
      response.once('drain', more);
    };
    response.writeHead(206, { 'Content-Range': 'bytes 0-9/10' });
    more();
  });
  await assert.rejects(clientOf(t, flood).part(0), /sends more than/);
  await assert.rejects(clientOf(t, 'http://127.0.0.1:1').clock(), /does not answer \(ECONNREFUSED\)/);
});

test('--listen is on loopback unless an address is given, and demands a token', () => {
  const withToken = readEnvironment({ MONITOR_TOKEN: token });
  const listen = (text: string, environment = withToken) => {
    const problems: string[] = [];
    return { at: listenOf(text, environment, problems), problems };
  };
  assert.deepEqual(listen('9464'), { at: { host: '127.0.0.1', port: 9464 }, problems: [] });
  assert.deepEqual(listen('[::1]:9464').at, { host: '::1', port: 9464 });
  assert.deepEqual(listen('10.0.0.7:9464').at, { host: '10.0.0.7', port: 9464 });
  for (const text of ['app-1:9464', '127.0.0.1', '127.0.0.1:99999', '999.0.0.1:80', 'x']) {
    assert.equal(listen(text).problems.length, 1, text);
  }
  assert.match(listen('9464', readEnvironment({})).problems.join(), /needs MONITOR_TOKEN/);
});

function readBack(path: string) {
  return readServer(path, {
    ...{ id: 'app-1', runId: 'monitor-1', clockOf: () => ownClock },
    ...{ fromUs: Number.NEGATIVE_INFINITY, toUs: Number.POSITIVE_INFINITY },
  });
}

test('times of its file come back to the times of the run', async (t) => {
  const { url, own } = await serving(t, { aheadMs: -300 });
  const { reading } = await clientOf(t, url).measure(own);
  const clock = { source: 'measured' as const, readings: [reading], uncertaintyUs: reading.uncertaintyUs };
  const nowUs = own.nowUs();
  assert.ok(Math.abs(onRunClock(clock, nowUs - 300_000) - nowUs) <= reading.uncertaintyUs + 1);
});
