import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { fieldsOf, textIn } from '../../analysis/journal/fields.ts';
import { readLedger } from '../../analysis/journal/read-ledger.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import fastapi from '../../profiles/fastapi.ts';
import { command, k6, reportOf, root, statusOf } from './stress.ts';

const run = promisify(execFile);

interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that keeps what arrived and answers as told. */
async function recording(answer: (request: Arrived, response: ServerResponse) => void) {
  const arrived: Arrived[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://server');
      const request: Arrived = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      arrived.push(request);
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { baseUrl: `http://127.0.0.1:${port}`, arrived, stop: () => server.close() };
}

const common: TargetInput = {
  name: 'recording server',
  answers: [
    { outcome: 'duplicate', statuses: [200], body: { field: 'result.state', equals: 'seen' } },
    { outcome: 'rejected', statuses: [200], body: { is: 'empty' } },
    { outcome: 'failed', statuses: [200], body: { is: 'html' } },
    { outcome: 'accepted', statuses: [200] },
    { outcome: 'limited', statuses: [503] },
  ],
  limiter: { kind: 'sliding', limit: 4, windowMs: 1000 },
  idempotency: { kind: 'none' },
  provisioning: { kind: 'given' },
};

const small = { CONCURRENCY_ROUNDS: '1', CONCURRENCY_WEBHOOKS: '1', BURST_SIGNALS: '6', MIN_LEGITIMATE: '0' };
const webhook = { WEBHOOK_TOKEN: 'tok/1', WEBHOOK_SECRET: 'sé cret&=ü' };

interface Sample {
  readonly metric: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Runs one scenario's bundle in the real k6 by a profile; gives the ledger and every sample with its metadata. */
async function k6Run(scenario: ScenarioName, profile: TargetInput, env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'requests-'));
  const samplesFile = join(folder, 'samples.json');
  const outs = ['--out', `timeline=${folder}`, '--out', `json=${samplesFile}`];
  const { profile: settled, problems } = readProfile(profile);
  assert.deepEqual(problems, []);
  try {
    await run(k6, ['run', '--quiet', '--no-color', ...outs, join(root, 'dist', `${scenario}.js`)], {
      env: {
        ...process.env,
        ...small,
        ...env,
        STRESS_PROFILE: JSON.stringify(settled),
        STRESS_SCENARIO: scenario,
      },
    });
  } catch (error) {
    // A threshold that failed is no matter here.
    if (!(error instanceof Error) || !('code' in error) || error.code !== 99) throw error;
  }
  const { ledger, end } = readLedger(join(folder, `${scenario}.requests.ndjson`), null);
  assert.equal(end.complete, true, end.problems.map(({ text }) => text).join());
  const outcomes: Record<string, number> = {};
  const signals = new Set<string>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    outcomes[ledger.outcomeOf(at)] = (outcomes[ledger.outcomeOf(at)] ?? 0) + 1;
    signals.add(ledger.signals.text(ledger.signalOf(at)));
  }
  const samples = readFileSync(samplesFile, 'utf8')
    .split('\n')
    .flatMap((line): Sample[] => {
      const point = line === '' ? null : fieldsOf(JSON.parse(line));
      const data = point === null || textIn(point, 'type') !== 'Point' ? null : fieldsOf(point.data);
      if (point === null || data === null) return [];
      return [{ metric: textIn(point, 'metric') ?? '', metadata: fieldsOf(data.metadata) ?? {} }];
    });
  return { ledger, outcomes, signals, samples };
}

const ok = (_: Arrived, response: ServerResponse): void => {
  response.end('{}');
};

const signature = (encoding: 'hex' | 'base64', body: string): string =>
  createHmac('sha256', webhook.WEBHOOK_SECRET).update(body).digest(encoding);

/** One way to place the secret, and how the server finds it in what arrived. */
const placements: readonly {
  readonly name: string;
  readonly profile: Partial<TargetInput>;
  readonly secretIn: (request: Arrived) => unknown;
  readonly expected: (request: Arrived) => string;
}[] = [
  {
    name: 'query',
    profile: { secret: { in: 'query', name: 'key' }, request: { path: '/hooks/{token}?v=2' } },
    secretIn: ({ query }) => query.get('key'),
    expected: () => webhook.WEBHOOK_SECRET,
  },
  {
    name: 'header',
    profile: { secret: { in: 'header', name: 'X-Api-Key', prefix: 'Key ' } },
    secretIn: ({ headers }) => headers['x-api-key'],
    expected: () => 'Key plain-secret',
  },
  {
    name: 'path',
    profile: { secret: { in: 'path' }, request: { path: '/hooks/{token}/{secret}' } },
    secretIn: ({ path }) => decodeURIComponent(path.split('/')[3] ?? ''),
    expected: () => webhook.WEBHOOK_SECRET,
  },
  {
    name: 'body field',
    profile: { secret: { in: 'body', field: 'passphrase' } },
    secretIn: ({ body }) => fieldsOf(JSON.parse(body))?.passphrase,
    expected: () => webhook.WEBHOOK_SECRET,
  },
  {
    name: 'field of a form',
    profile: {
      secret: { in: 'body', field: 'passphrase' },
      request: { contentType: 'application/x-www-form-urlencoded', method: 'PUT' },
    },
    secretIn: ({ body }) => new URLSearchParams(body).get('passphrase'),
    expected: () => webhook.WEBHOOK_SECRET,
  },
  {
    name: 'HMAC in hex',
    profile: { secret: { in: 'signature', headers: { 'X-Hub-Signature-256': 'sha256={signature}' } } },
    secretIn: ({ headers }) => headers['x-hub-signature-256'],
    expected: ({ body }) => `sha256=${signature('hex', body)}`,
  },
  {
    name: 'HMAC in base64, of a text',
    profile: {
      secret: { in: 'signature', headers: { 'X-Signature': '{signature}' }, encoding: 'base64' },
      request: { contentType: 'text/plain', body: 'ordre é {id} {action} {n}' },
    },
    secretIn: ({ headers }) => headers['x-signature'],
    expected: ({ body }) => signature('base64', body),
  },
  {
    name: 'HMAC over a UUID, of a form that carries it',
    profile: {
      secret: { in: 'signature', signed: '{uuid}.{body}', headers: { 'X-Signature': '{signature}' } },
      request: {
        contentType: 'application/x-www-form-urlencoded',
        headers: { 'Idempotency-Key': '{uuid}' },
        body: { signal_id: '{id}', reference: 'ord_{uuid}' },
      },
    },
    secretIn: ({ headers, body }) =>
      [
        headers['x-signature'],
        new URLSearchParams(body).get('reference') === `ord_${String(headers['idempotency-key'])}`,
      ].join(),
    expected: ({ headers, body }) => `${signature('hex', `${String(headers['idempotency-key'])}.${body}`)},true`,
  },
  {
    name: 'none',
    profile: { secret: { in: 'none' } },
    secretIn: ({ path, query, headers, body }) =>
      [path, String(query), JSON.stringify(headers), body].some((text) => /cret/.test(text)),
    expected: () => '',
  },
];

describe('the secret goes where the profile places it', { concurrency: 3 }, () => {
  for (const { name, profile, secretIn, expected } of placements) {
    test(name, async () => {
      const server = await recording(ok);
      try {
        const secret = name === 'header' ? { WEBHOOK_SECRET: 'plain-secret' } : {};
        const input = { ...common, ...profile };
        const { outcomes, signals } = await k6Run('concurrency', input, {
          ...webhook,
          ...secret,
          BASE_URL: server.baseUrl,
        });
        const posts = server.arrived.filter(({ path }) => path !== '/api/v1/monitoring/health');
        assert.ok(posts.length >= 3);
        assert.deepEqual(outcomes, { accepted: posts.length });
        assert.equal(signals.size, posts.length);
        for (const request of posts) {
          assert.equal(secretIn(request) || '', expected(request));
          assert.equal(request.method, input.request?.method ?? 'POST');
          assert.equal(decodeURIComponent(request.path).includes('tok/1'), true);
          assert.equal(request.headers['content-type'], input.request?.contentType ?? 'application/json');
          // The ledger knows the signal by the id that arrived.
          assert.ok(
            [...signals].some((id) => request.body.includes(id)),
            request.body,
          );
        }
      } finally {
        server.stop();
      }
    });
  }
});

test('headers and body are filled in, numbers as numbers; a numeric id is read back as the signal it was', async () => {
  const processed: unknown[] = [];
  const server = await recording((request, response) => {
    if (request.method === 'GET' && request.path === '/processed/tok') {
      const from = Number(request.query.get('from'));
      const rows = processed.slice(from, from + 2).map((number) => ({ number, at: 5 }));
      const cursor = from + 2 < processed.length ? from + 2 : null;
      response.end(JSON.stringify({ data: { rows, cursor }, count: processed.length }));
      return;
    }
    if (request.method === 'POST') processed.push(fieldsOf(fieldsOf(JSON.parse(request.body))?.order)?.number);
    response.end('{}');
  });
  try {
    const { ledger, samples, signals } = await k6Run(
      'concurrency',
      {
        ...common,
        secret: { in: 'none' },
        request: {
          path: '/hooks/{token}',
          headers: { 'X-Trace': 'trace-{id}', 'X-Key': '{secret}' },
          body: {
            number: '{n}',
            order: { number: '{n}', amount: '{quantity}', text: '{action} {ticker}' },
            tags: ['{id}', 1],
          },
        },
        readback: {
          kind: 'url',
          path: '/processed/{token}?from={after}',
          headers: { 'X-Key': '{secret}' },
          items: 'data.rows',
          id: 'number',
          processedAtUs: 'at',
          next: 'data.cursor',
          total: 'count',
        },
        monitoring: { health: null },
      },
      { BASE_URL: server.baseUrl, WEBHOOK_TOKEN: 'tok', WEBHOOK_SECRET: 'key' },
    );
    assert.equal(server.arrived[0]?.path, '/');
    const posts = server.arrived.filter(({ method }) => method === 'POST');
    for (const { headers, body } of posts) {
      const fields = fieldsOf(JSON.parse(body)) ?? {};
      const order = fieldsOf(fields.order) ?? {};
      assert.equal(Number.isSafeInteger(fields.number), true);
      assert.equal(order.number, fields.number);
      assert.equal(typeof order.amount, 'number');
      assert.match(textIn(order, 'text') ?? '', /^(BUY|SELL) [A-Z]+$/);
      assert.deepEqual(fields.tags, [String(headers['x-trace']).slice('trace-'.length), 1]);
      assert.equal(headers['x-key'], 'key');
    }
    assert.equal(new Set(processed).size, posts.length);
    assert.equal(ledger.effectCount, posts.length);
    for (const id of signals) assert.equal(ledger.effects(ledger.signals.indexOf(id)), 1);
    assert.deepEqual([...ledger.readbacks], [[0, posts.length]]);
    const readbacks = samples.filter(({ metric }) => metric === 'webhook_readbacks');
    assert.deepEqual(
      readbacks.map(({ metadata }) => metadata.total),
      [String(posts.length)],
    );
  } finally {
    server.stop();
  }
});

test('answers mean what the profile says: a field, an empty body, HTML, a status; Retry-After is kept', async () => {
  const answers: readonly ((response: ServerResponse) => void)[] = [
    (response) => response.end('{"result":{"state":"seen"}}'),
    (response) => response.end(),
    (response) => response.end('\n<!DOCTYPE html><p>down</p>'),
    (response) => response.end('fine'),
    (response) => response.writeHead(503, { 'Retry-After': '2' }).end(),
    (response) => response.writeHead(503, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }).end(),
    (response) => response.writeHead(503, { 'Retry-After': 'soon' }).end(),
    (response) => response.writeHead(418).end(),
  ];
  let n = 0;
  const server = await recording((request, response) => {
    if (request.method === 'GET') {
      // Set-up is judged by HTTP's own classes, whatever the profile says of a 204.
      response.writeHead(204).end();
      return;
    }
    answers[n % answers.length]?.(response);
    n += 1;
  });
  try {
    const limiter = { kind: 'sliding', limit: 10, windowMs: 1000 } as const;
    const { outcomes, samples, ledger } = await k6Run(
      'concurrency',
      { ...common, limiter },
      { ...webhook, BASE_URL: server.baseUrl },
    );
    assert.ok(n >= answers.length);
    const sent = (at: number): number => Math.floor((n - at - 1) / answers.length) + 1;
    assert.deepEqual(outcomes, {
      duplicate: sent(0),
      rejected: sent(1),
      failed: sent(2) + sent(7),
      accepted: sent(3),
      limited: sent(4) + sent(5) + sent(6),
    });
    const setups = Array.from({ length: ledger.length }, (_, at) => at).filter(
      (at) => ledger.purposeOf(at) === 'setup',
    );
    assert.ok(setups.length > 0 && setups.every((at) => ledger.outcomeOf(at) === 'accepted'));
    const retries = samples
      .filter(({ metric }) => metric === 'webhook_load_limited')
      .map(({ metadata }) => metadata.headers);
    assert.equal(retries.filter((text) => text === '{"Retry-After":"2"}').length, sent(4));
    const dated = /^\{"Retry-After":"\w{3}, [\w: ]+ GMT","Date":"\w{3}, [\w: ]+ GMT"\}$/;
    assert.equal(retries.filter((text) => typeof text === 'string' && dated.test(text)).length, sent(5));
    assert.equal(retries.filter((text) => text === '{"Retry-After":"soon"}').length, sent(6));
    // What belongs to one answer does not stick to the VU.
    for (const { metric, metadata } of samples) {
      if (metric !== 'webhook_load_limited') assert.equal('headers' in metadata, false, metric);
      assert.equal('answer_hash' in metadata, false, metric);
    }
  } finally {
    server.stop();
  }
});

test('the FastAPI backend: form log-in, then a duplicate answered with the first body again, or with 409', async () => {
  let repeats = 0;
  const first = new Map<string, string>();
  const server = await recording((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (request.path === '/api/v1/auth/login') response.end('{"access_token":"session"}');
    else if (request.path === '/api/v1/webhooks/') response.end('{"token":"hook","secret_key":"key"}');
    else if (request.method === 'POST') {
      const id = textIn(fieldsOf(JSON.parse(request.body)) ?? {}, 'signal_id') ?? '';
      const known = first.get(id);
      const answer = known ?? `{"order":"${id}","rank":${first.size}}`;
      first.set(id, answer);
      if (known !== undefined) repeats += 1;
      if (known !== undefined && repeats % 2 === 0) response.writeHead(409).end('{"detail":"duplicate"}');
      else response.end(answer);
    } else response.end('{}');
  });
  try {
    const { outcomes, samples } = await k6Run('burst', fastapi, {
      BASE_URL: server.baseUrl,
      LOGIN_EMAIL: 'a+b@example.com',
      LOGIN_PASSWORD: 'p&ss=ü',
    });
    const login = server.arrived.find(({ path }) => path === '/api/v1/auth/login');
    assert.equal(login?.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(login?.body)), {
      username: 'a+b@example.com',
      password: 'p&ss=ü',
    });
    const creations = server.arrived.filter(({ path }) => path === '/api/v1/webhooks/');
    assert.ok(creations.length >= 1 && creations.every(({ headers }) => headers.authorization === 'Bearer session'));
    const conflicts = Math.floor(repeats / 2);
    assert.ok(conflicts >= 2);
    assert.deepEqual(outcomes, { accepted: first.size + repeats - conflicts, duplicate: conflicts });
    const hashes = (metric: string) =>
      samples.filter((sample) => sample.metric === metric).map(({ metadata }) => metadata.answer_hash);
    const accepted = hashes('webhook_load_accepted');
    assert.equal(new Set(accepted).size, first.size);
    assert.ok(accepted.every((hash) => Number(hash) >= 0 && Number(hash) < 2 ** 32));
    assert.ok(hashes('webhook_load_duplicate').every((hash) => hash === undefined));
    assert.ok(hashes('http_req_duration').every((hash) => hash === undefined));
  } finally {
    server.stop();
  }
});

test('a run by a profile: secrets from files reach the server and no artifact; a command reads back what was processed', async () => {
  const secrets = ['canary-token,1', 'canary-secret,1', 'canary-monitoring'];
  const folder = mkdtempSync(join(tmpdir(), 'by-profile-'));
  const processed = join(folder, 'processed.ndjson');
  writeFileSync(processed, '{"id":"of-another-run-1"}\n');
  const server = await recording((request, response) => {
    if (request.method === 'POST') {
      const id = textIn(fieldsOf(JSON.parse(request.body)) ?? {}, 'signal_id');
      writeFileSync(processed, `${JSON.stringify({ id, processedAtUs: 7 })}\n`, { flag: 'a' });
    }
    response.end('{}');
  });
  try {
    const profile: TargetInput = {
      ...common,
      baseUrl: server.baseUrl,
      secret: { in: 'header', name: 'X-Api-Key' },
      idempotency: { kind: 'ttl', ttlMs: 1000 },
      readback: {
        kind: 'command',
        command: [process.execPath, '-e', `process.stdout.write(fs.readFileSync(${JSON.stringify(processed)}))`],
      },
      process: { by: 'none' },
    };
    writeFileSync(join(folder, 'stress.config.json'), JSON.stringify(profile));
    for (const [n, name] of ['token', 'secret', 'monitoring'].entries()) {
      writeFileSync(join(folder, name), `${secrets[n]}\n`);
    }
    const env = {
      ...process.env,
      ...small,
      WEBHOOK_TOKEN_FILE: 'token',
      WEBHOOK_SECRET_FILE: 'secret',
      MONITORING_TOKEN_FILE: 'monitoring',
    };
    const runOf = async (id: string, options: readonly string[] = []) => {
      const args = ['run', 'concurrency', '--run-id', id, ...options];
      try {
        const { stdout, stderr } = await run(process.execPath, [command, ...args], { cwd: folder, env });
        return { code: 0, output: stdout + stderr };
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error) || !('stdout' in error) || !('stderr' in error))
          throw error;
        return { code: Number(error.code), output: String(error.stdout) + String(error.stderr) };
      }
    };
    const { code, output } = await runOf('first');
    // Nobody watches the processes of the server, so that much is inconclusive.
    assert.equal(code, 3, output);
    // Those before the load are no signals of the run.
    const isLoad = ({ method, headers }: Arrived) => method === 'POST' && headers['x-stress-purpose'] !== 'setup';
    const posts = server.arrived.filter(isLoad);
    assert.ok(posts.length >= 3);
    assert.ok(
      posts.every(({ path, headers }) => path.endsWith('canary-token%2C1') && headers['x-api-key'] === secrets[1]),
    );
    const effects = readFileSync(join(folder, 'reports', 'first', journalFiles.effects('concurrency')), 'utf8');
    assert.equal((effects.match(/"effect":/g) ?? []).length, posts.length);
    assert.deepEqual(reportOf(join(folder, 'reports', 'first')).gaps, []);

    const artifacts = readdirSync(join(folder, 'reports'), { recursive: true, withFileTypes: true });
    const files = artifacts.filter((entry) => entry.isFile());
    assert.ok(files.length >= 8);
    for (const secret of secrets.flatMap((value) => [value, encodeURIComponent(value)])) {
      assert.equal(output.includes(secret), false, 'the terminal shows a secret');
      for (const { parentPath, name } of files) {
        assert.equal(readFileSync(join(parentPath, name)).includes(secret), false, `${name} holds a secret`);
      }
    }

    // It works before the load, and fails once signals of the scenario are there.
    const reading = `const text = fs.readFileSync(${JSON.stringify(processed)}, 'utf8');
      if (text.includes(process.env.STRESS_RUN_TAG + '-c')) process.exit(7);
      process.stdout.write(text);`;
    const failing = { ...profile, readback: { kind: 'command', command: [process.execPath, '-e', reading] } };
    writeFileSync(join(folder, 'failing.json'), JSON.stringify(failing));
    const second = await runOf('second', ['--profile', 'failing.json']);
    assert.equal(second.code, 3, second.output);
    assert.match(second.output, /the read-back failed: it ended with exit code 7/);
    const report = reportOf(join(folder, 'reports', 'second'));
    assert.deepEqual(
      report.gaps.filter(({ file }) => file === journalFiles.effects('concurrency')).map(({ problem }) => problem),
      ['the read-back failed: it ended with exit code 7'],
    );
    assert.equal(statusOf(report, 'exactly-once'), 'inconclusive');
  } finally {
    server.stop();
  }
});
