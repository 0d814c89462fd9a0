import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type CriterionId, criterionIds } from '../../analysis/rules/registry.ts';
import { type Status, statuses } from '../../contract/report/criteria.ts';

const file = join(import.meta.dirname, 'results.ndjson');

const notRun = Object.fromEntries(criterionIds.map((criterion) => [criterion, 'not-run']));

const result = z.strictObject({
  cell: z.string(),
  repeat: z.number(),
  at: z.iso.datetime(),
  // Lines until 27 November 2026 tell neither.
  commit: z.string().nullable().default(null),
  machine: z.string().nullable().default(null),
  exitCode: z.number().nullable(),
  // A criterion that came later was not run then.
  statuses: z
    .partialRecord(z.enum(criterionIds), z.enum(statuses))
    .transform((found) => ({ ...notRun, ...found }) as Readonly<Record<CriterionId, Status>>),
});
/** One run of one cell, a line of results.ndjson. */
export type CellResult = z.infer<typeof result>;

export function readResults(): readonly CellResult[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => result.parse(JSON.parse(line)));
}

/** At once on disk: a matrix that is interrupted goes on where it was. */
export function appendResult(value: CellResult): void {
  appendFileSync(file, `${JSON.stringify(value)}\n`);
}
