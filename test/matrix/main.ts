import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { machineInWords } from '../../bench/result-file.ts';
import { judgeCell } from './cell.ts';
import { cells } from './cells.ts';
import { writeMatrixPage } from './page.ts';
import { appendResult, readResults } from './results.ts';
import { runCell } from './run-cell.ts';

// `make matrix`: runs every cell as often as asked that results.ndjson does not hold yet of this commit, then writes the page. Lines of
// earlier commits stay: they tell what was found then.

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '3' },
    cell: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
  },
});

const git = (...options: string[]): string => execFileSync('git', options, { encoding: 'utf8' }).trim();
const commit = git('rev-parse', '--short=8', 'HEAD');
const machine = machineInWords();

const chosen = cells.filter(({ name, quick }) => name.includes(values.cell) && (quick || !values.quick));
for (let repeat = 1; repeat <= Number(values.repeats); repeat += 1) {
  for (const cell of chosen) {
    if (
      readResults().some((result) => result.commit === commit && result.cell === cell.name && result.repeat === repeat)
    )
      continue;
    const startedMs = Date.now();
    const { statuses, exitCode, folder } = await runCell(cell);
    const { missed, falseAlarms, undecided } = judgeCell(cell, statuses);
    appendResult({ cell: cell.name, repeat, at: new Date().toISOString(), commit, machine, exitCode, statuses });
    const wrong = [
      ...missed.map((criterion) => `${criterion} is ${statuses[criterion]}`),
      ...falseAlarms.map((criterion) => `false alarm: ${criterion} ${statuses[criterion]}`),
      ...undecided.map((criterion) => `undecided: ${criterion}`),
    ];
    // Runs that went otherwise than deserved are kept to be looked at.
    if (wrong.length === 0) rmSync(dirname(folder), { recursive: true, force: true });
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
    process.stdout.write(
      `${repeat} ${cell.name} (${seconds} s): ${wrong.length === 0 ? 'as deserved' : `${wrong.join('; ')}: ${folder}`}\n`,
    );
  }
}
writeMatrixPage();
