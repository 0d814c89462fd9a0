import { readFileSync } from 'node:fs';
import { faultsPage } from '../backend/fault-table.ts';
import { profileSchemaText } from '../contract/profile/json-schema.ts';
import { reportSchemaText } from '../contract/report/json-schema.ts';
import { renderJunit } from '../render/junit.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { renderTerminal } from '../render/terminal.ts';
import { criteriaTable } from './criteria-table.ts';
import { reports } from './fixtures/report.ts';
import { withGenerated } from './generated-block.ts';

const reportPath = 'reports/run/report.html';

function page(
  path: string,
  blocks: Readonly<Record<string, string>>,
): { readonly path: string; readonly text: string } {
  const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  return {
    path,
    text: Object.entries(blocks).reduce((before, [name, block]) => withGenerated(before, name, block), text),
  };
}

/** Every file that must be just what the program gives: path from the project's root, and text. */
export const goldenFiles: readonly { readonly path: string; readonly text: string }[] = [
  { path: 'docs/faults.md', text: faultsPage() },
  { path: 'docs/report.schema.json', text: reportSchemaText() },
  { path: 'docs/profile.schema.json', text: profileSchemaText() },
  page('docs/criteria.md', { criteria: criteriaTable() }),
  { path: 'test/golden/failing.txt', text: renderTerminal(reports.failing, { color: false, reportPath }) },
  { path: 'test/golden/failing.color.txt', text: renderTerminal(reports.failing, { color: true, reportPath }) },
  { path: 'test/golden/failing.report.md', text: renderMarkdown(reports.failing) },
  { path: 'test/golden/failing.junit.xml', text: renderJunit(reports.failing) },
];
