import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertJudged, statusOf, stress } from './stress.ts';

// Servers of several given webhooks, of which one is wrong, or whose read-back is one list.

const tokens = ['canary-a', 'canary-b', 'canary-c', 'canary-d'];
const [, , refused] = tokens;

const profile = {
  name: 'several webhooks',
  request: { path: '/hook/{token}' },
  secret: { in: 'none' },
  answers: [
    { outcome: 'duplicate', statuses: [200] },
    { outcome: 'accepted', statuses: [202] },
    { outcome: 'rejected', statuses: [401, 403, 404] },
  ],
  limiter: { kind: 'none' },
  idempotency: { kind: 'ttl', ttlMs: 60_000 },
  readback: { kind: 'url', path: '/log?hook={token}', next: null, total: null, settleMs: 2_000, limitMs: 2_500 },
  provisioning: { kind: 'given' },
  monitoring: { health: '/health', redis: null, database: null },
  redis: 'none',
  database: 'none',
} as const;

interface Faults {
  /** What its third webhook answers to every signal but the first, and to who reads back. */
  readonly refusal?: number;
  readonly readbackRefusal?: number;
  /** One list of all webhooks, which grows by one entry a webhook each time that somebody asks for it. */
  readonly growsWhenRead?: boolean;
  readonly processes?: number;
}

interface Entry {
  readonly signal_id: string;
  readonly processed_at_us: number;
}

class Server {
  private readonly seen = new Map<string, Set<string>>();
  private readonly lists = new Map<string, Entry[]>();
  private readonly waiting: string[] = [];

  constructor(private readonly faults: Faults) {}

  take(token: string, body: string): number {
    const { refusal, growsWhenRead = false, processes = 1 } = this.faults;
    const seen = this.seen.get(token) ?? new Set();
    this.seen.set(token, seen);
    const id: unknown = Reflect.get(Object(JSON.parse(body)), 'signal_id');
    if (token === refused && refusal !== undefined && seen.size > 0) return refusal;
    if (seen.has(String(id))) return 200;
    seen.add(String(id));
    // Most are processed at once, the rest when somebody looks.
    const isLater = growsWhenRead && seen.size > 20;
    if (isLater) this.waiting.push(String(id));
    else for (let n = 0; n < processes; n += 1) this.process(growsWhenRead ? 'all' : token, String(id));
    return 202;
  }

  list(token: string): readonly Entry[] {
    const { growsWhenRead = false, processes = 1 } = this.faults;
    const id = growsWhenRead ? this.waiting.shift() : undefined;
    if (id !== undefined) for (let n = 0; n < processes; n += 1) this.process('all', id);
    return this.lists.get(growsWhenRead ? 'all' : token) ?? [];
  }

  private process(list: string, id: string): void {
    this.lists.set(list, [...(this.lists.get(list) ?? []), { signal_id: id, processed_at_us: Date.now() * 1000 }]);
  }

  answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://localhost');
    const token = url.searchParams.get('hook') ?? '';
    const send = (status: number, value: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (url.pathname === '/health') send(200, {});
    else if (request.method === 'POST') send(this.take(url.pathname.split('/')[2] ?? '', body), {});
    else if (token === refused && this.faults.readbackRefusal !== undefined && (this.seen.get(token)?.size ?? 0) > 1) {
      send(this.faults.readbackRefusal, {});
    } else send(200, { signals: this.list(token) });
  }
}

const file = join(mkdtempSync(join(tmpdir(), 'several-')), 'profile.json');
writeFileSync(file, JSON.stringify(profile));

/** Runs hft against such a server. */
async function judged(faults: Faults) {
  const server = new Server(faults);
  const listening = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data.toString();
    });
    request.on('end', () => server.answer(request, body, response));
  });
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  const { port } = listening.address() as AddressInfo;
  try {
    const { report, output } = await stress(['hft', '--profile', file], {
      BASE_URL: `http://127.0.0.1:${port}`,
      WEBHOOK_TOKEN: tokens.join(','),
    });
    const texts = JSON.stringify(report) + output;
    for (const token of tokens) assert.ok(!texts.includes(token), 'a token is shown');
    return { report, texts };
  } finally {
    listening.closeAllConnections();
    listening.close();
  }
}

describe('several given webhooks', () => {
  test('the one that refuses signals is named', async () => {
    const { report, texts } = await judged({ refusal: 401 });
    assert.equal(statusOf(report, 'success-rate'), 'fail', texts);
    const which = 'webhook 2 (POST /hook/{token}, value 3 of WEBHOOK_TOKEN) answered ';
    const findings = report.findings.filter(({ evidence }) => evidence[0]?.startsWith(which) === true);
    assert.deepEqual(findings.map(({ criterion }) => criterion).sort(), ['error-rate', 'success-rate']);
  });

  test('the one whose read-back is refused is named', async () => {
    const { report, texts } = await judged({ readbackRefusal: 403 });
    assert.equal(statusOf(report, 'exactly-once'), 'inconclusive', texts);
    assert.match(texts, /read-back of webhook 2 is incomplete/);
    assert.match(
      texts,
      /webhook 2 \(GET \/log\?hook=\{token\}, value 3 of WEBHOOK_TOKEN\) was answered \d+ of \d+ times with 403/,
    );
  });

  test('a list of all webhooks that grows while it is read holds no doubles', async () => {
    const { report, texts } = await judged({ growsWhenRead: true });
    assert.equal(statusOf(report, 'exactly-once'), 'inconclusive', texts);
    assert.match(texts, /webhooks hold the same entries, and what came while they were read/);
    assert.doesNotMatch(texts, /processed more than once of/);
  });

  test('and what stands twice in it was processed twice', async () => {
    const { report, texts } = await judged({ growsWhenRead: true, processes: 2 });
    assert.equal(statusOf(report, 'exactly-once'), 'fail', texts);
    assert.match(texts, /processed more than once of/);
  });

  test('a list for each webhook passes', async () => {
    const { report, texts } = await judged({});
    assertJudged({ report, output: texts }, 'exactly-once', 'pass');
    assertJudged({ report, output: texts }, 'success-rate', 'pass');
    assert.doesNotMatch(texts, /hold the same entries|webhook 2 \(/);
  });
});
