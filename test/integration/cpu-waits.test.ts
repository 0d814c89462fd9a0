// Real processes on one core: who waits for it, and who does not want it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CpuWaits } from '../../monitor/system/cpu-waits.ts';
import { readStat } from '../../monitor/system/proc-file.ts';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

function onCore0(program: string): number {
  const child = spawn('taskset', ['-c', '0', process.execPath, '-e', program], { stdio: 'ignore' });
  children.push(child);
  assert.ok(child.pid !== undefined);
  return child.pid;
}

const spin = 'for (;;) {}';
const thread = `new (require('node:worker_threads').Worker)(${JSON.stringify(spin)}, { eval: true }); setInterval(() => {}, 1000)`;

test('who shares a core with three others waits for it, in the first thread or another; who rests does not', async () => {
  const waits = new CpuWaits();
  const pids = [onCore0(spin), onCore0(spin), onCore0(thread), onCore0('setInterval(() => {}, 1000)')];
  const look = (isMachineFull = true) =>
    pids.map((pid) => waits.look(pid, readStat(pid)?.threads ?? 0, isMachineFull, performance.now()) ?? -1);
  for (;;) {
    await sleep(1000);
    const [first = 0, second = 0, inThread = 0, resting = 0] = look();
    // While they start all of them wait, and others may have the core as well.
    if ([first, second, inThread].every((percent) => percent >= 30) && resting < 30) break;
  }
  assert.deepEqual(look(false), [-1, -1, -1, -1], 'nobody has to wait: no figure');
  await sleep(300);
  const [first = 0, , inThread = 0] = look();
  assert.ok(first > 0, 'the first thread is looked at all the time');
  assert.equal(inThread < 30, true, 'of the others nothing is known yet');
});
