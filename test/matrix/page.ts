import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wilson } from '../../analysis/statistics.ts';
import { share } from '../../analysis/words.ts';
import { type Cell, judgeCell } from './cell.ts';
import { cells } from './cells.ts';
import { type CellResult, readResults } from './results.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'fault-matrix.md');

const rate = (part: number, whole: number): string =>
  whole === 0 ? 'not run' : share(part, whole, wilson(part, whole));

function deserved(cell: Cell): string {
  const sure = Object.entries(cell.expects).flatMap(([criterion, statuses]) =>
    statuses.length === 1 ? [`${criterion} ${statuses[0]}`] : [],
  );
  return sure.length === 0 ? 'all pass' : sure.join(', ');
}

/** docs/fault-matrix.md as the results have it. */
export function matrixPage(results: readonly CellResult[] = readResults()): string {
  const rows = cells.map((cell) => {
    const judged = results
      .filter((result) => result.cell === cell.name)
      .map(({ statuses }) => judgeCell(cell, statuses));
    return {
      cell,
      runs: judged.length,
      found: judged.filter(({ missed }) => missed.length === 0).length,
      accused: judged.filter(({ falseAlarms }) => falseAlarms.length > 0).length,
      undecided: judged.filter(({ undecided }) => undecided.length > 0).length,
    };
  });
  const isHealthy = ({ cell }: (typeof rows)[number]): boolean => Object.keys(cell.expects).length === 0;
  const healthy = rows.filter(isHealthy);
  const sum = (of: (row: (typeof rows)[number]) => number, among = rows): number =>
    among.reduce((total, row) => total + of(row), 0);
  const scenarioRuns = sum(({ cell, runs }) => cell.scenarios.length * runs, healthy);
  const table = (among: typeof rows): string[] => [
    '| server | scenarios | verdict that it deserves | given | other criteria accused | undecided |',
    '| --- | --- | --- | --- | --- | --- |',
    ...among.map(
      ({ cell, runs, found, accused, undecided }) =>
        `| ${cell.name} | ${cell.scenarios.join(', ')} | ${deserved(cell)} | ${rate(found, runs)} | ${accused} of ${runs} | ${undecided} of ${runs} |`,
    ),
  ];
  return [
    '# Fault matrix',
    '',
    'Made by `make matrix` from `test/matrix/results.ndjson`; a test fails when page and results differ. Each row is a server, healthy or',
    'broken on purpose, that real runs met; `make test` runs the quick ones anew.',
    '',
    `Healthy servers: ${sum(({ runs }) => runs, healthy)} runs of ${scenarioRuns} scenarios, ${sum(({ accused }) => accused, healthy)} of the runs with a false alarm.`,
    '',
    '## Broken on purpose',
    '',
    ...table(rows.filter((row) => !isHealthy(row))),
    '',
    '## Healthy',
    '',
    ...table(healthy),
    '',
  ].join('\n');
}

export const writtenMatrixPage = (): string => readFileSync(file, 'utf8');
export const writeMatrixPage = (): void => writeFileSync(file, matrixPage());
