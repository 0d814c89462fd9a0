import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oomKillsIn } from '../../monitor/system/cgroup.ts';
import { cgroupFolderIn, cgroupMountsIn } from '../../monitor/system/cgroup-mounts.ts';

const v2 = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
const hybrid = [
  '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
  '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
].join('\n');
/** A container of version 1 sees its own cgroup at the folder of each controller, and its whole path in /proc/self/cgroup. */
const container1 = '712 700 0:32 /docker/4f0e /sys/fs/cgroup/memory ro,nosuid master:19 - cgroup cgroup rw,memory';

const place = (mountinfo: string, cgroups: string, controller: string | null): string | null => {
  const found = cgroupFolderIn(cgroupMountsIn(mountinfo), cgroups, controller);
  return found === null ? null : `${found.mount}|${found.below}`;
};

test('a unit and a container have cgroups of their own, and a container is the topmost one of what it sees', () => {
  assert.equal(place(v2, '0::/system.slice/api.service\n', null), '/sys/fs/cgroup|/system.slice/api.service');
  assert.equal(place(v2, '0::/\n', null), '/sys/fs/cgroup|');
  assert.equal(place(v2, '0::/system.slice/api.service\n', 'memory'), null);
  assert.equal(place(container1, '4:memory:/docker/4f0e\n', 'memory'), '/sys/fs/cgroup/memory|');
  assert.equal(place(container1, '4:memory:/docker/4f0e/workers\n', 'memory'), '/sys/fs/cgroup/memory|/workers');
});

test('both versions side by side: each controller where it is mounted', () => {
  const cgroups = '5:cpu,cpuacct:/app\n4:memory:/app/api\n0::/init\n';
  assert.equal(place(hybrid, cgroups, 'cpu'), '/sys/fs/cgroup/cpu,cpuacct|/app');
  assert.equal(place(hybrid, cgroups, 'memory'), '/sys/fs/cgroup/memory|/app/api');
  assert.equal(place(hybrid, cgroups, null), '/sys/fs/cgroup/unified|/init');
});

test('a cgroup that is not to be seen from here is not taken for another one', () => {
  assert.equal(place(v2, '0::/../cri-containerd-77.scope\n', null), null, 'of another container');
  assert.equal(place(container1, '4:memory:/docker/4f0eb\n', 'memory'), null);
  assert.equal(place(container1, '4:memory:/\n', 'memory'), null);
  assert.equal(place('', '0::/a\n', null), null);
});

test('blanks in a mount point', () => {
  assert.equal(
    place(String.raw`1 0 0:1 / /mnt/my\040cgroups rw - cgroup2 none rw`, '0::/a\n', null),
    '/mnt/my cgroups|/a',
  );
});

test('OOM kills of either version: what the limit only slowed down, or killed as a group, is not counted twice', () => {
  assert.equal(oomKillsIn('low 0\nhigh 7\nmax 41\noom 3\noom_kill 2\noom_group_kill 1\n'), 2);
  assert.equal(oomKillsIn('oom_kill_disable 0\nunder_oom 0\noom_kill 5\n'), 5);
  assert.equal(oomKillsIn('oom_kill_disable 1\nunder_oom 0\n'), null);
});
