import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wilson } from '../../analysis/statistics.ts';
import { share } from '../../analysis/words.ts';
import { type Cell, judgeCell } from './cell.ts';
import { cells } from './cells.ts';
import { type CellResult, readResults } from './results.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'fault-matrix.md');

/** When the sender in Go took the place of k6/http: commit 6fd3adb6. */
const goSenderSince = '2026-11-25T16:45:32Z';

const rate = (part: number, whole: number): string =>
  whole === 0 ? 'not run' : share(part, whole, wilson(part, whole));

/** Whether nothing is broken: no fault, and nothing but a generator that stalls. */
const isHealthy = ({ faults, event }: Cell): boolean =>
  faults.length === 0 && (event === null || event.what === 'stall generator');

function deserved({ expects }: Cell): string {
  const named = Object.entries(expects).flatMap(([criterion, statuses]) =>
    statuses.length > 2 ? [] : [`${criterion} ${statuses.join(' or ')}`],
  );
  return named.length === 0 ? 'all pass' : named.join(', ');
}

interface Row {
  readonly cell: Cell;
  readonly runs: number;
  readonly found: number;
  readonly accused: number;
  readonly undecided: number;
  /** YYYY-MM-DD of the newest run; null: none. */
  readonly lastOn: string | null;
}

function rowsOf(results: readonly CellResult[]): readonly Row[] {
  return cells.map((cell) => {
    const own = results.filter((result) => result.cell === cell.name);
    const judged = own.map(({ statuses }) => judgeCell(cell, statuses));
    return {
      cell,
      runs: judged.length,
      found: judged.filter(({ missed }) => missed.length === 0).length,
      accused: judged.filter(({ falseAlarms }) => falseAlarms.length > 0).length,
      undecided: judged.filter(({ undecided }) => undecided.length > 0).length,
      lastOn:
        own
          .map(({ at }) => at.slice(0, 10))
          .toSorted()
          .at(-1) ?? null,
    };
  });
}

function table(rows: readonly Row[]): string[] {
  return [
    '| server | scenarios | verdict that it deserves | given | other criteria accused | undecided | last run |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ cell, runs, found, accused, undecided, lastOn }) =>
        `| ${cell.name} | ${cell.scenarios.join(', ')} | ${deserved(cell)} | ${rate(found, runs)} | ${accused} of ${runs} | ${undecided} of ${runs} | ${lastOn ?? '–'} |`,
    ),
  ];
}

const sum = (rows: readonly Row[], of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);

/** A line of what runs of a time found: faults, and healthy servers without a false alarm. */
function totals(when: string, results: readonly CellResult[]): string {
  const rows = rowsOf(results);
  const [healthy, broken] = [rows.filter(({ cell }) => isHealthy(cell)), rows.filter(({ cell }) => !isHealthy(cell))];
  const runs = (among: readonly Row[]): number => sum(among, (row) => row.runs);
  const clean = runs(healthy) - sum(healthy, ({ accused }) => accused);
  const found = sum(broken, (row) => row.found);
  return `| ${when} | ${rate(found, runs(broken))} | ${rate(clean, runs(healthy))} |`;
}

function provenance(results: readonly CellResult[]): string {
  const days = results.map(({ at }) => at.slice(0, 10)).toSorted();
  const told = (of: (result: CellResult) => string | null): string =>
    [...new Set(results.map((result) => of(result) ?? 'not recorded'))].toSorted().join('; ');
  return `Run from ${days[0] ?? '–'} to ${days.at(-1) ?? '–'}. Commits: ${told(({ commit }) => commit)}. Machines: ${told(({ machine }) => machine)}.`;
}

/** docs/fault-matrix.md as the results have it. */
export function matrixPage(results: readonly CellResult[] = readResults()): string {
  const rows = rowsOf(results);
  const healthy = rows.filter(({ cell }) => isHealthy(cell));
  const scenarioRuns = sum(healthy, ({ cell, runs }) => cell.scenarios.length * runs);
  return [
    '# Fault matrix',
    '',
    'Made by `make matrix` from `test/matrix/results.ndjson`; a test fails when page and results differ. Each row is a server, healthy or',
    'broken on purpose, that real runs met; `make test` runs the quick ones anew. Runs are held against what the server deserves by the code of',
    'today; the verdicts are those of the code that ran.',
    '',
    provenance(results),
    '',
    `Healthy servers: ${sum(healthy, ({ runs }) => runs)} runs of ${scenarioRuns} scenarios, ${sum(healthy, ({ accused }) => accused)} of the runs with a false alarm.`,
    '',
    '## Before and after the sender in Go',
    '',
    '| runs | faults found | healthy servers not accused |',
    '| --- | --- | --- |',
    totals(
      'by `k6/http`',
      results.filter(({ at }) => at < goSenderSince),
    ),
    totals(
      'by the sender in Go',
      results.filter(({ at }) => at >= goSenderSince),
    ),
    '',
    '## Broken on purpose',
    '',
    ...table(rows.filter(({ cell }) => !isHealthy(cell))),
    '',
    '## Healthy',
    '',
    ...table(healthy),
    '',
  ].join('\n');
}

export const writtenMatrixPage = (): string => readFileSync(file, 'utf8');
export const writeMatrixPage = (): void => writeFileSync(file, matrixPage());
