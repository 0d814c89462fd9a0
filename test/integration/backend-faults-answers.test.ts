import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  countBy,
  createWebhook,
  distinctSignals,
  readPage,
  send,
  signal,
  verdictOf,
  withBackend,
} from '../fixtures/backend.ts';
import { Unanswered } from '../fixtures/whole-answer.ts';

const roomy = ['--limit', '100000', '--window-ms', '60000', '--ttl-ms', '60000'];

/** What 60 distinct signals got, at once (`none`: a broken connection, or no answer in 10 s), and how many are stored. */
async function resultOf60(backend: Backend): Promise<{ verdicts: Record<string, number>; stored: number }> {
  const webhook = await createWebhook(backend);
  const verdicts = await Promise.all(
    distinctSignals(60).map((body) =>
      Promise.race([
        send(backend, webhook, body).then(verdictOf, (error: unknown) => {
          if (error instanceof Unanswered) return 'none';
          throw error;
        }),
        sleep(10_000, 'none'),
      ]),
    ),
  );
  return { verdicts: countBy(verdicts), stored: (await readPage(backend, webhook)).total };
}

describe('each fault of the answers shows, and only with it', { concurrency: 2 }, () => {
  const result = (fault: string | null) =>
    withBackend([...roomy, ...(fault === null ? [] : ['--fault', fault])], resultOf60);

  test('a healthy backend answers all', async () => {
    assert.deepEqual(await result(null), { verdicts: { accepted: 60 }, stored: 60 });
  });

  test('error-500: nothing was done', async () => {
    const { verdicts, stored } = await result('error-500=30');
    assert.deepEqual(Object.keys(verdicts).sort(), ['500', 'accepted']);
    assert.equal(stored, verdicts.accepted);
  });

  test('broken-connections: nothing was done', async () => {
    const { verdicts, stored } = await result('broken-connections=30');
    assert.deepEqual(Object.keys(verdicts).sort(), ['accepted', 'none']);
    assert.equal(stored, verdicts.accepted);
  });

  test('hang: all was done', async () => {
    const { verdicts, stored } = await result('hang=30');
    assert.deepEqual(Object.keys(verdicts).sort(), ['accepted', 'none']);
    assert.equal(stored, 60);
  });

  test('slow-growing: each answer is later than the one before', async () => {
    await withBackend([...roomy, '--workers', '1', '--fault', 'slow-growing=200000'], async (backend) => {
      const webhook = await createWebhook(backend);
      for (const [n, minMs] of [200, 400, 600].entries()) {
        const answer = send(backend, webhook, signal(`s${n}`)).then(() => 'answered');
        assert.equal(await Promise.race([answer, sleep(minMs - 50, 'waiting')]), 'waiting');
        await answer;
      }
    });
  });
});
