import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { purposeHeader } from '../../contract/journal/outcomes.ts';
import { startStress } from './stress.ts';

// A burst of an own scenario, sent by JavaScript: each signal goes over a connection that was open before, however long it had rested.

const count = 20;
const folder = mkdtempSync(join(tmpdir(), 'open-connections-'));

/** Accepts everything. @returns how many signals came on a connection that had carried a health check, and how many on another. */
async function startServer() {
  const opened = new Set<Socket>();
  const seen = { onOpen: 0, onNew: 0 };
  const server = createServer(({ headers, socket }, response) => {
    const purpose = headers[purposeHeader.toLowerCase()];
    if (purpose === 'setup') opened.add(socket);
    if (purpose === 'load') seen[opened.has(socket) ? 'onOpen' : 'onNew'] += 1;
    response.end('{}');
  });
  // Longer than any wait: what reconnects is the sender.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { seen, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const scenarioText = (name: string, identical: boolean): string =>
  `import { burst, handleSummary, scenario } from 'webhook-stress/k6';
const planned = scenario('${name}', () => [burst({ name: 'rush', count: ${count}, identical: ${identical} })]);
export const options = planned.options();
export const setup = planned.setup;
export const send = (run) => { planned.send(run); };
export { handleSummary };
`;

async function burstOf(name: string, identical: boolean, limiter: object) {
  const { seen, server, url } = await startServer();
  const file = join(folder, `${name}.js`);
  writeFileSync(file, scenarioText(name, identical));
  const profile = join(folder, `${name}.json`);
  const request = { path: '/hook/{token}' };
  const answers = [
    { outcome: 'accepted', statuses: [200] },
    { outcome: 'limited', statuses: [429] },
  ];
  const kinds = { provisioning: { kind: 'given' }, readback: { kind: 'none' }, idempotency: { kind: 'none' } };
  writeFileSync(profile, JSON.stringify({ name, baseUrl: url, request, answers, limiter, ...kinds }));
  const given = { WEBHOOK_TOKEN: 'a', WEBHOOK_SECRET: 's' };
  const run = startStress([file, '--profile', profile], given, mkdtempSync(join(folder, 'reports-')));
  await run.ended();
  server.closeAllConnections();
  server.close();
  return { seen, output: run.output() };
}

describe('the connections of a burst that JavaScript sends', { concurrency: true }, () => {
  test('are open at the instant where one signal is sent so often', async () => {
    const { seen, output } = await burstOf('copies', true, { kind: 'none' });
    assert.deepEqual(seen, { onOpen: count, onNew: 0 }, output);
  });

  test('are open at the instant where all webhooks share a limit, and nothing is asked just before', async () => {
    const shared = { kind: 'sliding', limit: 200, windowMs: 1000, scope: 'global' };
    const { seen, output } = await burstOf('distinct', false, shared);
    assert.deepEqual(seen, { onOpen: count, onNew: 0 }, output);
  });
});
