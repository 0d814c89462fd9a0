import * as z from 'zod';
import { reportSchema } from './report.ts';

/** docs/report.schema.json: the JSON Schema (draft 2020-12) of report.json, as text. */
export function reportSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'report.json of webhook-stress', ...rest }, null, 2)}\n`;
}
