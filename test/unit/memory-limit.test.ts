import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import { foldersUp } from '../../monitor/system/cgroup-mounts.ts';
import { memoryLimitIn } from '../../monitor/system/memory-limit.ts';
import { toldOf } from '../fixtures/advice.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

const mega = 1e6;

test('limits of memory of either version, and what is none', () => {
  const machineBytes = 16e9;
  assert.equal(memoryLimitIn('536870912\n', machineBytes), 536_870_912);
  for (const none of ['max\n', '9223372036854771712\n', '16000000000\n', '']) {
    assert.equal(memoryLimitIn(none, machineBytes), null, none);
  }
  assert.deepEqual(foldersUp({ mount: '/sys/fs/cgroup', below: '/app.slice/api.service' }), [
    '/sys/fs/cgroup/app.slice/api.service',
    '/sys/fs/cgroup/app.slice',
    '/sys/fs/cgroup',
  ]);
  assert.deepEqual(foldersUp({ mount: '/sys/fs/cgroup', below: '' }), ['/sys/fs/cgroup']);
});

/** 30 s of load in which memory grows from 440 MB by so much. */
function judged(grown: number, limitBytes: number | null, memorySource: 'pss' | 'rss' = 'pss') {
  const ledger = ledgerOf(
    Array.from({ length: 300 }, (_, n) => ({ atMs: 1000 + n * 100, outcome: 'accepted' as const })),
  );
  const server = serverOf(32_000, (atMs) => {
    const bytes = 440 * mega + (atMs / 32_000) * grown * mega;
    return { processes: [processOf({ pid: 100, role: 'root', rssBytes: bytes, pssBytes: bytes })] };
  });
  const limit = limitBytes === null ? {} : { memoryLimitBytes: limitBytes };
  const identity = { ...server.identity, ...limit, memorySource };
  return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server: { ...server, identity } }));
}

test('memory growth: near the limit of its cgroup a growth that would pass is a warning', () => {
  const near = judged(40, 490 * mega);
  assert.equal(near.status, 'warn');
  assert.match(near.summary, /of the 490 MB that its cgroup may have: as much growth once more, and the kernel kills/);
  assert.match(toldOf(memoryGrowth, near)[0] ?? '', /^the limit of memory/);
  assert.equal(near.measures?.find(({ name }) => name === 'memory-limit')?.value, 490 * mega);
});

test('memory growth: a limit far above, a server that does not grow, and no limit change nothing', () => {
  const far = judged(40, 2000 * mega);
  assert.equal(far.status, 'pass');
  assert.match((far.evidence ?? []).join('\n'), /the memory limit of its cgroup is 2000 MB/);
  assert.equal(judged(0, 450 * mega).status, 'pass');
  assert.equal(judged(40, null).status, 'pass');
  assert.equal(judged(40, 490 * mega, 'rss').status, 'pass', 'shared pages count several times');
});
