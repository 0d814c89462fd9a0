import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type Case, cases } from './ends/cases.ts';
import { appendEnds, countedIn, readEnds, users } from './ends/results.ts';
import { machineInWords } from './result-file.ts';

// Real servers whose workers are recycled, start children for jobs, are killed, abort and exit with a code, and what the report says of each end.
// Goes on where it was stopped. As root it runs each case as another user, too.
//
//     node --import tsx bench/ends.ts [--case WORD] [--at-once 2]

const { values } = parseArgs({
  options: { case: { type: 'string', default: '' }, 'at-once': { type: 'string', default: '2' } },
});
const root = join(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;
const git = (...words: readonly string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
/** With a mark if what judges was changed since. */
const commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'analysis', 'monitor', 'contract') === '' ? '' : '-dirty'}`;

type User = (typeof users)[number];

interface Wanted {
  readonly of: Case;
  readonly user: User;
}

/** It may read the files of root, such as a Python in root's home, and nothing else that others may not. */
const asNobody = [
  ...['--reuid=65534', '--regid=65534', '--clear-groups'],
  ...['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'],
];

async function run({ of, user }: Wanted): Promise<void> {
  const words = ['--import', 'tsx', join('bench', 'ends', 'one-run.ts'), of.name];
  const [program, args] =
    user === 'another user' && isRoot
      ? ['setpriv', [...asNobody, process.execPath, ...words]]
      : [process.execPath, words];
  const { stdout } = await promisify(execFile)(program, args, { cwd: root, maxBuffer: 1e8 });
  const about = { at: new Date().toISOString(), commit, machine: machineInWords(), user, case: of.name };
  for (const each of countedIn(stdout)) {
    appendEnds({ ...about, ...each });
    const { truth, n, seen, caused, accused, open } = each;
    process.stderr.write(
      `${of.name}, ${user}: ${n} of ${truth}; seen ${seen}, cause right ${caused}, accused ${accused}, open ${open}\n`,
    );
  }
}

function isOpen({ of, user }: Wanted): boolean {
  const done = readEnds().filter((each) => each.case === of.name && each.user === user && each.truth === of.truth);
  return done.reduce((sum, { n }) => sum + n, 0) < of.wanted[user];
}

const open = (isRoot ? users : (['another user'] as const))
  .flatMap((user) => cases.map((of) => ({ of, user })))
  .filter(({ of }) => of.name.includes(values.case));

async function one(): Promise<void> {
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    try {
      while (isOpen(next)) await run(next);
    } catch (error) {
      process.stderr.write(`${next.of.name}, ${next.user}: no result: ${String(error)}\n`);
    }
  }
}

await Promise.all(Array.from({ length: Number(values['at-once']) }, one));
