import { wilson } from '../../analysis/statistics.ts';
import { type EndsResult, readEnds } from './results.ts';
import { isCrash } from './truth.ts';

const sum = (results: readonly EndsResult[], of: (result: EndsResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

/** A share of all with its 95% interval. */
function share(part: number, n: number): string {
  const { low, high } = wilson(part, n);
  return `${part} (${percent(low)} to ${percent(high)})`;
}

function groups(results: readonly EndsResult[]): readonly (readonly EndsResult[])[] {
  const found = new Map<string, EndsResult[]>();
  for (const result of results) {
    const key = [result.truth, result.case, result.user].join('\n');
    found.set(key, [...(found.get(key) ?? []), result]);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/** What the report said of crashes that the bench caused, one row of results of one truth, case and user. */
function crashRow(group: readonly EndsResult[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const n = sum(group, (each) => each.n);
  const told = [...new Set(group.flatMap((each) => each.told))].join('; ') || 'none';
  const found = share(
    sum(group, (each) => each.seen),
    n,
  );
  const caused = share(
    sum(group, (each) => each.caused),
    n,
  );
  return `| ${first.truth} | ${first.case} | ${first.user} | ${n} | ${found} | ${caused} | ${sum(group, (each) => each.accused)} | ${told} |`;
}

function healthyRow(group: readonly EndsResult[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const n = sum(group, (each) => each.n);
  const accused = share(
    sum(group, (each) => each.accused),
    n,
  );
  return `| ${first.truth} | ${first.case} | ${first.user} | ${n} | ${sum(group, (each) => each.seen)} | ${accused} | ${sum(group, (each) => each.open)} |`;
}

const total = (results: readonly EndsResult[]): string => `${sum(results, (each) => each.n)} in ${results.length} runs`;

/** A part of docs/benchmarks.md; empty if the bench was never run. */
export function endsPart(): string {
  const results = readEnds();
  if (results.length === 0) return '';
  const [crashes, healthy] = [
    results.filter(({ truth }) => isCrash(truth)),
    results.filter(({ truth }) => !isCrash(truth)),
  ];
  const days = [...new Set(results.map(({ at }) => at.slice(0, 10)))].join(', ');
  const commits = [...new Set(results.map(({ commit }) => commit))].join(', ');
  return [
    '## Ends of real workers and jobs',
    '',
    '`node --import tsx bench/ends.ts` runs gunicorn, uvicorn and node:cluster under a light load with the real monitor, and holds what worker crashes says of each end against what was done to the server. It',
    'goes on where it was stopped; `bench/results/ends.ndjson` has a line a run. Linux 6.18 tells *another user*, too, how processes end. Intervals are those of Wilson (95%).',
    '',
    `Measured on ${days}, commits ${commits}: ${[...new Set(results.map(({ machine }) => machine))].join('; ')}, beside the work of others on the same cores.`,
    '',
    `Crashes that the bench caused, ${total(crashes)}. *Other crashes* are those that nothing had caused. uvicorn writes that a child died, and not how: the kernel told. The bench ends workers once a sample shows them.`,
    '',
    '| crash | server | user | n | found | with the right cause | other crashes | other causes told |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...groups(crashes).map(crashRow),
    '',
    `Healthy ends, ${total(healthy)}: recycled workers, and children for jobs, of which one in three to five exits with 1. *Seen*: among the graceful ends, or in a sample as a helper (of node:cluster a shell and what it starts); others lived between two samples, or were`,
    'taken for a worker until they ended. *Left open*: the report does not know.',
    '',
    '| end | server | user | n | seen | accused | left open |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...groups(healthy).map(healthyRow),
    '',
  ].join('\n');
}
