// Real processes that are busy in their first thread, in another one, and in none.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusyThreads, type ThreadUse } from '../../monitor/system/busy-threads.ts';
import { processSource } from '../../monitor/system/process-source.ts';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

const spin = 'for (;;) {}';
const programs = [
  spin,
  `new (require('node:worker_threads').Worker)(${JSON.stringify(spin)}, { eval: true }); setInterval(() => {}, 1000)`,
] as const;

test('a busy thread is told from idle ones, the first or another', { timeout: 60_000 }, async () => {
  const threads = new BusyThreads();
  const seenOf = async (program: string, isIt: (use: ThreadUse) => boolean): Promise<void> => {
    const { pid = 0 } = spawnNode(program);
    // On a busy machine it gets little of a core, and while it starts its first thread is the busy one.
    for (;;) {
      await sleep(300);
      const use = threads.look(pid, performance.now());
      if (use !== null && use.busiestThreadPercent >= 10 && isIt(use)) return;
    }
  };
  await Promise.all([
    seenOf(programs[0], ({ mainThreadPercent, busiestThreadPercent }) => mainThreadPercent === busiestThreadPercent),
    seenOf(programs[1], ({ mainThreadPercent, busiestThreadPercent }) => mainThreadPercent < busiestThreadPercent / 4),
  ]);
});

test('an idle process costs no look at its threads; what it may use is known', async () => {
  const { pid = 0 } = spawnNode('setInterval(() => {}, 1000)');
  const source = processSource([pid]);
  await source.sample(0);
  await sleep(100);
  const [process] = await source.sample(10_000);
  assert.ok((process?.cpuPercent ?? 100) < 80);
  assert.equal(process?.mainThreadPercent, undefined);
  assert.ok((process?.cores ?? 0) > 0);
  assert.ok((process?.maxDescriptors ?? 0) > 0);
});

function spawnNode(program: string): ChildProcess {
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
  children.push(child);
  return child;
}
