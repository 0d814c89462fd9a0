import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endsPart } from './ends/page.ts';
import { hasResult, readResult, resultNames } from './result-file.ts';

const file = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');

/** docs/benchmarks.md as the result files have it. */
export function benchmarksPage(): string {
  const parts = resultNames.filter(hasResult).map((name) => {
    const { title, how, machine, measuredOn, figures } = readResult(name);
    const rows = figures.map(
      ({ name: figure, value, unit, spread, bar, verdict }) =>
        `| ${figure} | ${Number(value.toPrecision(4))} ${unit} | ${spread} | ${bar} | ${verdict} |`,
    );
    return [
      `## ${title}`,
      '',
      how,
      '',
      `Measured on ${measuredOn}: ${machine}.`,
      '',
      '| figure | value | spread | bar | verdict |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return [
    '# Benchmarks',
    '',
    'Made by `make bench` from the files in `bench/results/`; a test fails when page and files differ. Ratios come from paired',
    'runs in blocks of A B B A. `unresolved` means that the interval holds both sides of the bar.',
    '',
    ...parts,
    ...(endsPart() === '' ? [] : [endsPart()]),
  ].join('\n');
}

if (process.argv[2] === 'write') writeFileSync(file, benchmarksPage());

export const writtenPage = (): string => readFileSync(file, 'utf8');
