import { environment } from '../environment.ts';
import { inOwnFolder } from './generator-folder.ts';

/**
 * k6's handleSummary: writes the summary as JSON to STRESS_SUMMARY, without `setup_data`, which holds tokens and secrets.
 * Without that setting it returns nothing, and k6 prints its usual summary.
 */
export function handleSummary(data: Record<string, unknown>): Record<string, string> | undefined {
  if (environment.summaryFile === null) return undefined;
  const { setup_data: _dropped, ...rest } = data;
  const file = inOwnFolder(environment.summaryFile, environment.generator);
  return { [file]: `${JSON.stringify(rest, null, 2)}\n` };
}
