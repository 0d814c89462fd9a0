import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeOfOwn, readServer } from '../../analysis/journal/server.ts';
import { freePort } from '../../backend/free-port.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { rootsOnPort } from '../../monitor/system/find-server.ts';
import { command, until } from '../e2e/stress.ts';

const skip = process.platform === 'linux' ? false : 'a server is found on its port by /proc';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

const listener =
  'import socket, sys, time; server = socket.create_server(("127.0.0.1", int(sys.argv[1]))); time.sleep(600)';

function start(words: readonly string[], log?: string): ChildProcess {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, {
    stdio: ['ignore', log === undefined ? 'ignore' : openSync(log, 'a'), 'ignore'],
  });
  children.push(child);
  return child;
}

test('of a server that was started again, its log and its cores are those of now', { skip }, async () => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'again-'));
  const server = ['python3', '-c', listener, String(port)];
  const first = start(server, join(folder, 'first.log'));
  await until('it listens', () => rootsOnPort({ port, ip: null }).length === 1);
  start([process.execPath, command, 'monitor', '--dir', folder, '--interval', '0.1', '--port', String(port)]);
  const journal = join(folder, journalFiles.monitor(localMonitor));
  const text = (): string => (existsSync(journal) ? readFileSync(journal, 'utf8') : '');
  await until('it is watched', () => text().includes(`"pid":${first.pid},`));
  first.kill('SIGKILL');
  const log = join(folder, 'second.log');
  const second = start(['taskset', '-c', '0', ...server], log);
  await until('the second one is watched', () => text().includes(`"pid":${second.pid},`));
  appendFileSync(log, '[1] [INFO] Handling signal: hup\n');
  await until('its log is read', () => text().includes('SIGHUP'));
  const seen = readServer(journal, placeOfOwn(null)).server;
  assert.equal(seen?.identity.cores, 1);
  const cores = seen?.samples.flatMap((sample) => (sample.processes.length === 0 ? [] : [sample.cores])) ?? [];
  assert.deepEqual([cores[0], cores.at(-1)], [availableParallelism(), 1]);
});
