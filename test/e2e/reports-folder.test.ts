import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { command } from './stress.ts';

const folder = mkdtempSync(join(tmpdir(), 'reports-folder-'));
const nobody = 65_534;

/** Runs burst into this folder, its command line behind these words. It must be refused before anything is started. */
function refused(reports: string, before: readonly string[] = []): string {
  const words = [...before, process.execPath, command, 'run', 'burst', '--reports', reports, '--run-id', 'run'];
  const [program = '', ...args] = words;
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  assert.equal(status, 2, `${reports}: ${stderr}`);
  assert.equal(stdout, '');
  assert.match(stderr.trim(), /^webhook-stress: --reports names .*cannot be written \(E[A-Z]+: .*\)[^\n]*$/);
  return stderr;
}

test('a reports folder that cannot be made: one line that names --reports, exit 2', () => {
  const inTheWay = join(folder, 'in-the-way');
  writeFileSync(inTheWay, '');
  for (const reports of ['/proc/nope', '/sys/nope', inTheWay, join(inTheWay, 'below'), '/dev/full']) refused(reports);
});

test('a reports folder of somebody else', () => {
  const reports = join(folder, 'of-somebody-else');
  mkdirSync(reports);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(reports, nobody, nobody);
  else chmodSync(reports, 0o555);
  // The power to write everywhere is taken from root.
  assert.match(refused(reports, isRoot ? ['setpriv', '--bounding-set=-dac_override'] : []), /EACCES/);
  assert.deepEqual(readdirSync(reports), []);
});

test('a disk that has no room when the run starts is told before anything is sent', () => {
  const reports = join(folder, 'no-room');
  mkdirSync(reports);
  // No file may be larger than 100 blocks of 512 bytes: the same refusal as of a full disk, at the same place.
  assert.match(refused(reports, ['sh', '-c', 'ulimit -f 100; exec "$@"', 'sh']), /EFBIG/);
  assert.equal(existsSync(join(reports, 'run', 'run.json')), false);
});
