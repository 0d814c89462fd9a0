import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerFolder, liesIn, unitFolder } from '../../monitor/system/cgroup-members.ts';

// Contents of /proc/<pid>/cgroup, as systemd and container engines lay out cgroups.

const units: readonly (readonly [string, string, boolean])[] = [
  ['0::/system.slice/api.service', 'api', true],
  ['0::/system.slice/api.service', 'api.service', true],
  ['12:pids:/system.slice/api.service\n1:name=systemd:/system.slice/api.service', 'api', true],
  ['0::/system.slice/api.service/workers/3', 'api', true],
  ['0::/system.slice/system-api.slice/api@8001.service', 'api@8001', true],
  ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/api.service', 'api', true],
  ['0::/system.slice/run-u42.service', 'run-u42', true],
  ['0::/system.slice/run-r9f3c2.scope', 'run-r9f3c2.scope', true],
  ['0::/system.slice/api-worker.service', 'api', false],
  ['0::/system.slice/api.socket', 'api', false],
  ['0::/system.slice/system-api.slice/api@8001.service', 'api', false],
  ['0::/', 'api', false],
];

for (const [cgroups, name, expected] of units) {
  test(`${JSON.stringify(cgroups)} is ${expected ? '' : 'not '}of the unit ${name}`, () => {
    assert.equal(liesIn(cgroups, unitFolder(name)), expected);
  });
}

const id = 'f3a91c0b77de'.padEnd(64, '0');
const containers: readonly (readonly [string, boolean])[] = [
  [`4:memory:/docker/${id}`, true],
  [`0::/system.slice/docker-${id}.scope`, true],
  [`0::/machine.slice/libpod-${id}.scope/container`, true],
  [`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`, true],
  [`0::/kubepods/besteffort/pod1/${id}`, true],
  [`0::/kubepods.slice/kubepods-pod1.slice/crio-conmon-${id}.scope`, false],
  [`0::/machine.slice/libpod-conmon-${id}.scope`, false],
  [`0::/system.slice/docker-${id.replace('f3', 'e3')}.scope`, false],
];

for (const [cgroups, expected] of containers) {
  test(`${cgroups} is ${expected ? '' : 'not '}of the container`, () => {
    assert.equal(liesIn(cgroups, containerFolder(id)), expected);
    assert.equal(liesIn(cgroups, containerFolder(id.slice(0, 12))), expected, 'by the short id');
  });
}
