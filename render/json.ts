import { ExpectedError } from '../contract/report/expected-error.ts';
import type { Report } from '../contract/report/report.ts';
import { reportSchema } from '../contract/report/report.ts';

/** report.json: the report as it is, a line a field. Its schema is docs/report.schema.json. */
export function renderJson(report: Report): string {
  const fields = Object.entries(report).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${fields.join(',\n')}\n}\n`;
}

/**
 * Decodes report.json.
 * Throws an ExpectedError that names the first field that is off.
 */
export function readReport(text: string): Report {
  const parsed = reportSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  throw new ExpectedError(
    `not a report.json that this version can read: ${place}: ${issue?.message ?? 'has another shape'}; rebuild it with "webhook-stress report"`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ExpectedError(`not a report.json: ${error.message}`);
    throw error;
  }
}
