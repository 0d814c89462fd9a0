// Servers of others that freeze, whose pool is exhausted, and that leak descriptors, each watched by the real monitor.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { descriptors } from '../../analysis/rules/descriptors.ts';
import { responsiveness } from '../../analysis/rules/responsiveness.ts';
import { type Watched, watch } from '../third-party/watched-ends.ts';

const thirdParty = join(import.meta.dirname, '..', 'third-party');
const node = (port: number): readonly string[] => [
  process.execPath,
  join(thirdParty, 'stalling-server.mjs'),
  String(port),
];
const python = (port: number): readonly string[] => ['python3', join(thirdParty, 'pooled_server.py'), String(port)];

/** Longer by two probes than what fails, for the moment at which it begins is not known. */
const freezeMs = 7000;
const afterwardsMs = 1500;
const loadMs = 8000;

/** Requests one after the other. */
async function load(server: Watched, path: string): Promise<void> {
  const untilMs = performance.now() + loadMs;
  while (performance.now() < untilMs) {
    await server.ask(path);
    await sleep(40);
  }
}

const watched = (command: (port: number) => readonly string[], act: (server: Watched) => Promise<void>) =>
  watch({ command, health: '/health', scenario: 'sustained' }, act);

test('real servers that stand still or leak are told from one that does neither', { timeout: 120_000 }, async () => {
  const [busy, exhausted, leaking, healthy] = await Promise.all([
    watched(node, async (server) => {
      await server.ask(`/block?ms=${freezeMs}`);
      await sleep(afterwardsMs);
    }),
    watched(python, async (server) => {
      await Promise.all([server.ask(`/wait?ms=${freezeMs}`), server.ask(`/wait?ms=${freezeMs}`)]);
      await sleep(afterwardsMs);
    }),
    watched(node, (server) => load(server, '/leak')),
    watched(node, (server) => load(server, '/block?ms=20')),
  ]);
  const silences = [busy, exhausted].map(({ run }) => responsiveness.judge(run));
  // On a full machine nobody knows why a server that computes takes so long.
  assert.match(silences[0]?.status ?? '', /^(?:fail|inconclusive)$/, JSON.stringify(silences));
  assert.equal(silences[1]?.status, 'fail', JSON.stringify(silences));
  assert.doesNotMatch(silences[0]?.summary ?? '', /blocked/);
  assert.match(silences[1]?.summary ?? '', /blocked/);
  const leak = descriptors.judge(leaking.run);
  assert.equal(leak.status, 'warn', JSON.stringify(leak));
  assert.match(leak.summary, /^(?:9\d|1[01]\d) descriptors more per 100 requests/);
  for (const rule of [descriptors, responsiveness]) {
    const judgement = rule.judge(healthy.run);
    assert.equal(judgement.status, 'pass', JSON.stringify(judgement));
  }
});
