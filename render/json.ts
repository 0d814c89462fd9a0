import { ExpectedError } from '../contract/expected-error.ts';
import type { Report } from '../contract/report.ts';
import { reportSchema } from './report-schema.ts';

/** report.json: the report as it is. Its schema is docs/report.schema.json. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report)}\n`;
}

/** Decodes report.json. Throws an ExpectedError that names the first field that is off. */
export function readReport(text: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ExpectedError('report.json is not JSON');
    throw error;
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ExpectedError(`report.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has another shape'}`);
}
