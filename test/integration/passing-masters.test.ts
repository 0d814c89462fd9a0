import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/stress.ts';
import { cluster, type Watched, watch, workersIn } from '../third-party/watched-ends.ts';

/** A request that nobody waits for, over a connection of its own. */
async function requestTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

/** Waits until the monitor knows both workers, and none of those that ended. */
async function workers(server: Watched, ended: readonly number[] = []): Promise<readonly number[]> {
  const known = (): readonly number[] => workersIn(server.journal()).filter((pid) => !ended.includes(pid));
  await until('two workers are known', () => known().length === 2);
  return known();
}

const hasEnded = (server: Watched, count: number): Promise<void> =>
  until(`the log tells of ${count} ends`, () => server.log().match(/ died /g)?.length === count);

test('node:cluster: workers are workers although their primary keeps connections that killed ones never took', async () => {
  const left: Socket[] = [];
  const { judgement } = await watch({ command: cluster }, async (server) => {
    const first = await workers(server);
    for (const pid of first) process.kill(pid, 'SIGSTOP');
    // One is on its way to each.
    for (const _ of first) left.push(await requestTo(server.url));
    await sleep(200);
    for (const pid of first) process.kill(pid, 'SIGKILL');
    await hasEnded(server, 2);
    const [worker = 0] = await workers(server, first);
    // Some looks at who holds which connections.
    await sleep(4000);
    process.kill(worker, 'SIGKILL');
    await hasEnded(server, 3);
    await sleep(1000);
  });
  for (const socket of left) socket.destroy();
  const { summary, measures, evidence = [] } = judgement;
  const crashes = measures?.find(({ name }) => name === 'crashes')?.value;
  assert.equal(crashes, 3, `${summary}\n${evidence.join('\n')}`);
});
