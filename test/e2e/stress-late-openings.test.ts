import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { statuses, stress } from './stress.ts';

/** Beyond what the plan leaves between a false signal and the right one under its id. */
const lateMs = 2500;

/** Checks the key of each signal. Where many connections are opened, every other one is answered late, as on a full machine. */
async function startLateServer(key: string) {
  const seen = new Set<unknown>();
  let openedAtMs = Number.NEGATIVE_INFINITY;
  let opened = 0;
  const server = createServer(async (request, response) => {
    const answer = (status: number): void => void response.writeHead(status).end('{}');
    if (request.url === '/health') {
      const isAmongMany = performance.now() - openedAtMs < 200;
      openedAtMs = performance.now();
      opened += 1;
      if (isAmongMany && opened % 2 === 0) await sleep(lateMs);
      return answer(200);
    }
    if (request.headers['x-api-key'] !== key) return answer(401);
    const id = request.headers['idempotency-key'];
    const isRepeat = seen.has(id);
    seen.add(id);
    return answer(isRepeat ? 409 : 200);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close(), opened: () => opened };
}

test('a right signal does not overtake the false one of its id, whoever opens a connection late', async () => {
  const server = await startLateServer('right');
  const profile = join(mkdtempSync(join(tmpdir(), 'webhook-stress-late-')), 'late.config.json');
  writeFileSync(
    profile,
    JSON.stringify({
      name: 'late',
      baseUrl: server.url,
      request: { path: '/hooks/{token}', headers: { 'Idempotency-Key': '{id}' } },
      secret: { in: 'header', name: 'X-Api-Key' },
      answers: [
        { outcome: 'accepted', statuses: [200] },
        { outcome: 'duplicate', statuses: [409] },
        { outcome: 'rejected', statuses: [401] },
      ],
      limiter: { kind: 'none' },
      idempotency: { kind: 'ttl', ttlMs: 86_400_000, headers: ['Idempotency-Key'], scope: 'all' },
      readback: { kind: 'none' },
      provisioning: { kind: 'given' },
      monitoring: { health: '/health', redis: null, database: null },
      redis: 'none',
      database: 'none',
    }),
  );
  try {
    const { report, output } = await stress(['idempotency', '--profile', profile], {
      ...{ IDEMPOTENCY_KEYS: '3', IDEMPOTENCY_TOGETHER: '2', MIN_LEGITIMATE: '0' },
      WEBHOOK_TOKEN: 'a,b,c,d,e',
      WEBHOOK_SECRET: 'right,right,right,right,right',
    });
    const finding = report.findings.find(({ criterion }) => criterion === 'authentication');
    assert.notEqual(finding?.status, 'fail', `${statuses(report)}\n${output}`);
    assert.match(finding?.evidence.join('\n') ?? '', /with a wrong secret: 8 of 8 refused/, output);
    assert.ok(server.opened() > 40, 'connections were opened');
  } finally {
    server.stop();
  }
});
