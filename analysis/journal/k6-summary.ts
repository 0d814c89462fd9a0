import { outcomeMetric } from '../../contract/journal/k6-metrics.ts';
import { type Outcome, outcomes, type Purpose, purposes } from '../../contract/journal/outcomes.ts';
import { fieldsOf, numberIn } from './fields.ts';
import { readJsonFile } from './json-file.ts';

/** Requests by purpose and outcome as k6's own summary counts them. */
export type SummaryCounts = ReadonlyMap<Purpose, ReadonlyMap<Outcome, number>>;

/** Decodes generators/<id>/<scenario>.summary.json, of which only our outcome trends are read. */
export function readSummary(path: string): { readonly counts: SummaryCounts | null; readonly problem: string | null } {
  const { value, problem } = readJsonFile(path);
  if (problem !== null) return { counts: null, problem };
  const metrics = fieldsOf(fieldsOf(value)?.metrics);
  if (metrics === null) return { counts: null, problem: 'it has no metrics' };
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
  return { counts, problem: null };
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
