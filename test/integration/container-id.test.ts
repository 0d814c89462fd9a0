import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAddresses } from '../../cli/options/server-options.ts';
import { newClock } from '../../monitor/clock.ts';
import { ServerSampler } from '../../monitor/server-sampler.ts';
import { ContainerIds, containerId } from '../../monitor/system/container-id.ts';
import { until } from '../e2e/stress.ts';

const id = 'c0ffee'.padEnd(64, '0');
const folder = mkdtempSync(join(tmpdir(), 'docker-'));
const log = join(folder, 'asked.log');
const { PATH = '' } = process.env;
const environment = { PATH: `${folder}${delimiter}${PATH}`, DOCKER_HOST: 'unix:///here.sock' };

/** A program that answers after a time; what begins and ends is in its log. */
function fakeDocker(answer: string, seconds: number): void {
  writeFileSync(log, '');
  const text = `#!/bin/sh\necho begins >> ${log}\nsleep ${seconds}\necho ends >> ${log}\n${answer}\n`;
  writeFileSync(join(folder, 'docker'), text, { mode: 0o755 });
}

const asked = (): string => readFileSync(log, 'utf8').trim().replaceAll('\n', ' ');

test('samples go on while docker takes 2 s to say which container it is', async () => {
  fakeDocker(`echo ${id}`, 2);
  // A root that has ended: its container is looked for.
  const sampler = new ServerSampler(newClock(), { by: 'container', name: 'hooks', environment }, [4_194_303], null);
  const took: number[] = [];
  const endMs = performance.now() + 5000;
  while (performance.now() < endMs) {
    const sinceMs = performance.now();
    await sampler.sample();
    took.push(performance.now() - sinceMs);
    await sleep(100);
  }
  sampler.stop();
  assert.ok(took.length > 10, `only ${took.length} samples`);
  assert.ok(Math.max(...took) < 1500, `one took ${Math.max(...took)} ms`);
  // One question at a time.
  assert.match(asked(), /^begins ends begins/);
});

test('the id is known once docker has said it, and kept while it says nothing', async () => {
  fakeDocker(`echo ${id}`, 0);
  const ids = new ContainerIds('hooks', environment);
  assert.equal(ids.latest(), null);
  await until('it is known', () => ids.latest() === id);
  fakeDocker('exit 1', 0);
  // The question before may not have ended yet.
  await until('it was asked again', () => ids.latest() === id && asked().includes('ends'));
  await sleep(200);
  assert.equal(ids.latest(), id);
  ids.stop();
});

test('an id is not asked for, and what is stopped asks no more', async () => {
  fakeDocker(`echo ${id}`, 60);
  assert.equal(new ContainerIds(id, environment).latest(), id);
  assert.equal(asked(), '');
  const ids = new ContainerIds('hooks', environment);
  assert.equal(ids.latest(), null);
  await until('it is asked', () => asked() === 'begins');
  ids.stop();
  await sleep(200);
  assert.equal(ids.latest(), null);
  assert.equal(asked(), 'begins');
});

test('docker gets what it needs, and no secret of the monitor', async () => {
  process.env.MONITOR_REDIS_URL = 'redis://:canary-7d1@here';
  const seen = join(folder, 'seen.env');
  fakeDocker(`env > ${seen}.new\nmv ${seen}.new ${seen}\necho ${id}`, 0);
  const given = serverAddresses(
    { pid: [], port: null, process: null, unit: null, container: 'hooks', log: [] },
    { ...process.env, ...environment, MONITORING_TOKEN: 'canary-7d2' },
  );
  const [address] = given;
  assert.ok(address?.by === 'container');
  const shown = (): string => {
    const text = readFileSync(seen, 'utf8');
    rmSync(seen);
    return text;
  };
  assert.equal(containerId('hooks', address.environment), id);
  const waited = shown();
  const ids = new ContainerIds('hooks', address.environment);
  ids.latest();
  await until('it is known', () => ids.latest() === id);
  const beside = shown();
  ids.stop();
  for (const text of [waited, beside]) {
    assert.match(text, /^DOCKER_HOST=unix:\/\/\/here\.sock$/m);
    assert.doesNotMatch(text, /canary/);
  }
});
