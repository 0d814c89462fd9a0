import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { figuresByProcess } from '../../analysis/journal/metrics-looks.ts';
import { urlOnHost } from '../../cli/metrics-url.ts';
import type { MetricsLine, MetricsLookLine } from '../../contract/journal/journal.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { newClock } from '../../monitor/clock.ts';
import { samplesIn } from '../../monitor/metrics/exposition.ts';
import { readPage } from '../../monitor/metrics/metrics-page.ts';
import { processFiguresIn } from '../../monitor/metrics/process-figures.ts';
import { watchMetrics } from '../../monitor/metrics/watch-metrics.ts';
import { monitorStores, noServer } from '../../monitor/monitor.ts';
import { pinnedAgent } from '../../monitor/probes/pinned-agent.ts';
import type { Sink } from '../../monitor/sinks/sink.ts';
import { metricsPages } from '../fixtures/metrics-pages.ts';

const figuresOf = (name: keyof typeof metricsPages) => {
  const [figures] = processFiguresIn(metricsPages[name]);
  assert.ok(figures !== undefined, name);
  const { runtime, startedAt, heapBytes, liveBytes, heldBytes, collections, residentBytes } = figures;
  return [runtime, startedAt, heapBytes, liveBytes, heldBytes, collections, residentBytes];
};

test('metrics page: the heap of each runtime is read from what its clients write', () => {
  assert.deepEqual(figuresOf('node'), ['node', 1_764_000_001, 25e6, null, 35e6, 4, 81e6]);
  assert.deepEqual(figuresOf('go'), ['go', 1_764_000_002.5, 4_194_304, 2.5e6, 8e6, 9, 14e6], 'without released pages');
  assert.deepEqual(figuresOf('micrometer'), ['jvm', 1.764e9, 30e6, null, 100e6, null, null], '0 is no collection yet');
  assert.equal(processFiguresIn(metricsPages.micrometer)[0]?.codeBytes, 50e6);
  assert.deepEqual(figuresOf('otelNode'), ['node', null, 12e6, null, 18e6, null, null]);
  assert.deepEqual(figuresOf('clientJava'), ['jvm', null, 50e6, 30e6, null, 2, null]);
  assert.deepEqual(figuresOf('dotnet'), ['dotnet', 1_764_000_003.5, 7e6, null, null, 3, 90e6]);
  assert.deepEqual(figuresOf('python'), ['python', 1_764_000_004.37, null, null, null, 5, 60e6]);
  const workers = processFiguresIn(metricsPages.severalWorkers);
  assert.deepEqual(
    workers.map(({ process, heapBytes }) => [process, heapBytes]),
    [
      ['1', 11],
      ['2', 20],
    ],
  );
});

test('metrics page: what is malformed is left out, however long it is', () => {
  const wanted = (name: string): boolean => name === 'a';
  const values = (page: string): readonly number[] => samplesIn(page, wanted).map(({ value }) => value);
  assert.deepEqual(values('a 1\na{x="}\\"\\n"} 2 1764000000000\na{ x="1", y="2" ,} 3 # {trace="1"} 4\nb 5'), [1, 2, 3]);
  assert.deepEqual(values('a NaN\na +Inf\na\na {\na{x=1} 1\na{x="1 1\na{x} 1\na 0x10\na 1e400\n a 1\na 1.5.2'), []);
  const [odd] = samplesIn('a{__proto__="1",constructor="2"} 1', wanted);
  assert.deepEqual(
    [...(odd?.labels ?? [])],
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
  );
  for (const part of ['a{', 'a{x="', 'a{x="1",', '\\', '=', '"', ' ', 'a 1 ', '{"a":1}']) {
    // A look at each character more than once would take minutes.
    const long = part.repeat(1_000_000 / part.length);
    const found = [values(long).length, values(`a{x="${long}`).length];
    assert.deepEqual(found, [part === 'a 1 ' ? 1 : 0, 0], part);
  }
  const many = Array.from({ length: 1000 }, (_, n) => `nodejs_heap_size_used_bytes{pid="${n}\u001b[31m"} 1`).join('\n');
  const processes = processFiguresIn(many);
  assert.deepEqual([processes.length, processes[7]?.process], [64, '7__31m']);
});

async function served<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const answers: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['HTML', (_, response) => response.end('<h1>a 1</h1>'), /"failed".*"no-figures"/],
  ['no such route', (_, response) => response.writeHead(404).end(metricsPages.go), /"failed".*"status","code":"404"/],
  ['a redirect', (_, response) => response.writeHead(302, { Location: 'http://192.0.2.1/' }).end(), /"code":"302"/],
  ['a broken connection', (request) => request.socket.destroy(), /"broken"/],
  [
    'half a page',
    (request, response) => response.writeHead(200, { 'Content-Length': 9 }).write('a', () => request.socket.destroy()),
    /"broken"/,
  ],
  [
    'an endless page',
    (_, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('go_threads 1\n'.repeat(9_999)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    },
    /"too-long"/,
  ],
  ['a page', (_, response) => response.end(metricsPages.go), /"page".*"liveBytes":2500000/],
];
for (const [name, listener, expected] of answers) {
  test(`metrics page: ${name}`, async () => {
    const look = await served(listener, (url) => readPage(url, null, pinnedAgent(new URL(url), null)));
    assert.match(JSON.stringify(look), expected);
  });
}

test('metrics page: behind one port each of several workers is found, and has a series of its own', async () => {
  const stop = new AbortController();
  const clock = newClock();
  const lines: MetricsLine[] = [];
  let asked = 0;
  const page = (): string => `process_start_time_seconds ${10 + (asked++ % 3)}\nnodejs_heap_size_used_bytes ${asked}\n`;
  const look = async () => ({ metrics: 'page' as const, latencyMs: 0, processes: [...processFiguresIn(page())] });
  await watchMetrics(look, { clock, stop: stop.signal, everyMs: 5 }, (line) => {
    lines.push(line);
    if (lines.length === 30) stop.abort();
  });
  const looks = lines.filter((line): line is MetricsLookLine => line.metrics === 'page');
  const series = [...figuresByProcess({ looks: looks.slice(0, 30) }).values()];
  assert.deepEqual(
    series.map(({ length }) => length),
    [10, 10, 10],
  );
});

test('metrics page: it is read although none of the processes can be watched', async () => {
  const lines: MetricsLine[] = [];
  const tokens: (string | undefined)[] = [];
  const page: RequestListener = ({ headers }, response) => {
    tokens.push(headers.authorization);
    response.end(metricsPages.node);
  };
  await served(page, async (metricsUrl) => {
    const stop = new AbortController();
    const nothing = (): void => {};
    const sink: Sink = {
      ...{
        path: null,
        start: nothing,
        watch: nothing,
        sample: nothing,
        alert: nothing,
        store: nothing,
        end: nothing,
      },
      metrics(line) {
        lines.push(line);
        stop.abort();
      },
    };
    const settings = {
      ...{
        address: { by: 'pid' as const, pids: [] },
        found: noServer,
        intervalMs: 100,
        baseUrl: null,
        token: 'secret',
      },
      ...{ probeAddress: '127.0.0.1', probePaths: { health: null, redis: null, database: null }, trust: null },
      ...{
        serverLogs: [],
        exitsProgram: null,
        redact: (text: string) => text,
        stores: { redis: null, postgres: null },
      },
      ...{ thresholds: defaultThresholds, metricsUrl, host: 'here' },
    };
    await monitorStores(settings, newClock(), stop.signal, sink);
  });
  assert.deepEqual(tokens, ['Bearer secret']);
  assert.equal(lines[0]?.metrics === 'page' && lines[0].processes[0]?.runtime, 'node');
  assert.doesNotMatch(JSON.stringify(lines), /secret/);
});

test('metrics page: its URL stays on the host of the server', () => {
  const url = (text: string) => urlOnHost(text, 'http://127.0.0.1:8000/base', 'monitoring.metrics');
  assert.deepEqual(url('/metrics'), { value: 'http://127.0.0.1:8000/base/metrics' });
  assert.deepEqual(url('http://127.0.0.1:9464/metrics?a=1'), { value: 'http://127.0.0.1:9464/metrics?a=1' });
  for (const other of ['http://127.0.0.2:8000/metrics', 'http://example.com/metrics', 'http://'])
    assert.match(JSON.stringify(url(other)), /monitoring\.metrics (?:must be on the host|is not a valid URL)/);
});
