import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';

/** One measured figure and the bar that it is held against; docs/benchmarks.md is made from these. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Interval or range, in words. */
  readonly spread: string;
  readonly bar: string;
  readonly verdict: 'met' | 'not met' | 'unresolved' | 'no bar';
}

export interface ResultFile {
  readonly title: string;
  readonly measuredOn: string;
  readonly machine: string;
  readonly how: string;
  readonly figures: readonly Figure[];
}

const folder = join(import.meta.dirname, 'results');

export const resultNames = [
  'generators',
  'k6-sender',
  'monitor-cpu',
  'server-cpu',
  'report',
  'soak-report',
  'burst-spread',
] as const;
export type ResultName = (typeof resultNames)[number];

/** Whether a bench was ever run; docs/benchmarks.md leaves out what was not. */
export const hasResult = (name: ResultName): boolean => existsSync(join(folder, `${name}.json`));

export const machineInWords = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${type()} ${release()}, Node ${process.version}`;

export function writeResult(name: ResultName, result: Pick<ResultFile, 'title' | 'how' | 'figures'>): void {
  const file: ResultFile = { ...result, measuredOn: new Date().toISOString().slice(0, 10), machine: machineInWords() };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(file, null, 2)}\n`);
}

function isFigure(value: unknown): value is Figure {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'value' in value &&
    typeof value.value === 'number' &&
    'spread' in value &&
    'bar' in value &&
    'verdict' in value
  );
}

export function readResult(name: ResultName): ResultFile {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  if (typeof parsed !== 'object' || parsed === null || !('figures' in parsed) || !Array.isArray(parsed.figures)) {
    throw new Error(`bench/results/${name}.json holds no figures`);
  }
  const figures = (parsed.figures as unknown[]).filter(isFigure);
  const text = (key: string): string =>
    key in parsed ? String(Object.entries(parsed).find(([k]) => k === key)?.[1]) : '';
  return { title: text('title'), measuredOn: text('measuredOn'), machine: text('machine'), how: text('how'), figures };
}
