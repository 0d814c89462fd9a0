import { outcomeMetric } from '../../contract/journal/k6-metrics.ts';
import { type Outcome, outcomes, type Purpose, purposes } from '../../contract/journal/outcomes.ts';
import { type Fields, fieldsOf, numberIn, textIn } from './fields.ts';
import type { FileProblem } from './journal-gap.ts';
import { readJsonFile } from './json-file.ts';

/** Requests by purpose and outcome as k6's own summary counts them. */
export type SummaryCounts = ReadonlyMap<Purpose, ReadonlyMap<Outcome, number>>;

/** A metric of k6's summary: its figures by name, and whether each threshold on it was kept. */
export interface K6Metric {
  readonly type: string;
  /** `time`, `data` or `default`. */
  readonly contains: string;
  readonly values: Readonly<Record<string, number>>;
  readonly kept: Readonly<Record<string, boolean>>;
}

export interface K6Summary {
  readonly counts: SummaryCounts | null;
  /** By name, those that have thresholds; null where the summary cannot be read. */
  readonly metrics: ReadonlyMap<string, K6Metric> | null;
  readonly problem: FileProblem | null;
}

/** Decodes generators/<id>/<scenario>.summary.json: our outcome trends, and what has thresholds. */
export function readSummary(path: string): K6Summary {
  const { value, problem } = readJsonFile(path);
  if (problem !== null) return { counts: null, metrics: null, problem };
  const metrics = fieldsOf(fieldsOf(value)?.metrics);
  if (metrics === null) return { counts: null, metrics: null, problem: { text: 'it has no metrics' } };
  const counts = new Map(
    purposes.map((purpose) => [
      purpose,
      new Map(
        outcomes.map((outcome) => {
          const values = fieldsOf(fieldsOf(metrics[outcomeMetric(purpose, outcome)])?.values);
          return [outcome, values === null ? 0 : (numberIn(values, 'count') ?? 0)];
        }),
      ),
    ]),
  );
  return { counts, metrics: metricsIn(metrics), problem: null };
}

function metricsIn(metrics: Fields): ReadonlyMap<string, K6Metric> {
  return new Map(
    Object.entries(metrics).flatMap(([name, value]): [string, K6Metric][] => {
      const fields = fieldsOf(value);
      const thresholds = fieldsOf(fields?.thresholds);
      if (fields === null || thresholds === null) return [];
      const [values, type, contains] = [
        fieldsOf(fields.values) ?? {},
        textIn(fields, 'type'),
        textIn(fields, 'contains'),
      ];
      const metric = {
        type: type ?? '',
        contains: contains ?? 'default',
        values: ofType(values, (figure) => typeof figure === 'number'),
        kept: ofType(
          Object.fromEntries(Object.entries(thresholds).map(([expression, said]) => [expression, fieldsOf(said)?.ok])),
          (ok) => typeof ok === 'boolean',
        ),
      };
      return [[name, metric]];
    }),
  );
}

function ofType<T>(fields: Fields, isOne: (value: unknown) => value is T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (isOne(value) ? [[name, value]] : [])));
}

/** What two generators counted, together. */
export function addSummary(a: SummaryCounts, b: SummaryCounts): SummaryCounts {
  return new Map(
    purposes.map((purpose) => [
      purpose,
      new Map(
        outcomes.map((outcome) => [outcome, (a.get(purpose)?.get(outcome) ?? 0) + (b.get(purpose)?.get(outcome) ?? 0)]),
      ),
    ]),
  );
}
