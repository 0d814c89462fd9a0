import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWebhook, readPage, send, signal, startBackend, verdictOf, withBackend } from '../fixtures/backend.ts';
import { startPostgres } from '../fixtures/servers.ts';
import { Unanswered } from '../fixtures/whole-answer.ts';

const postgres = await startPostgres();
after(() => postgres.stop());

test('SIGTERM under load: after a restart that keeps the data each accepted signal is there, none twice', async () => {
  const env = { BACKEND_POSTGRES_URL: postgres.url };
  const args = ['--limit', '100000', '--keep-data'];
  const backend = await startBackend(args, env);
  const webhook = await createWebhook(backend);
  const accepted: string[] = [];
  let refusedConnections = 0;
  let last = 0;
  async function sendUntilRefused(): Promise<void> {
    for (;;) {
      last += 1;
      const id = `s${last}`;
      try {
        assert.equal(verdictOf(await send(backend, webhook, signal(id))), 'accepted');
        accepted.push(id);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        refusedConnections += 1;
        return;
      }
    }
  }
  const load = Promise.all(Array.from({ length: 8 }, sendUntilRefused));
  await sleep(500);
  backend.kill('SIGTERM');
  await load;
  assert.equal(await backend.exited, 0, backend.log());
  assert.equal(refusedConnections, 8);
  assert.match(backend.log(), /info drained in \d+ ms\n/);
  assert.doesNotMatch(backend.log(), /died/);

  await withBackend(
    args,
    async (restarted) => {
      const stored: (string | null)[] = [];
      for (let next: number | null = 0; next !== null; ) {
        const page = await readPage(restarted, webhook, `&after=${next}`);
        stored.push(...page.signals.map(({ signal_id }) => signal_id));
        assert.ok(page.total >= accepted.length);
        next = page.next;
      }
      assert.equal(new Set(stored).size, stored.length, 'a signal is there twice');
      assert.deepEqual(
        accepted.filter((id) => !stored.includes(id)),
        [],
        'lost',
      );
      // What was stored beyond that is of requests whose connection closed before the answer.
      assert.ok(stored.length - accepted.length <= refusedConnections);
    },
    env,
  );
  await withBackend(
    ['--limit', '100000'],
    async (afresh) => assert.equal((await send(afresh, webhook, signal('new'))).status, 404),
    env,
  );
});
