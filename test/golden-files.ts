import { faultsPage } from '../backend/fault-table.ts';
import { profileSchemaText } from '../contract/profile/json-schema.ts';
import { reportSchemaText } from '../contract/report/json-schema.ts';
import { renderHealthReport } from '../render/health-report.ts';
import { renderJson } from '../render/json.ts';
import { renderJunit } from '../render/junit.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { renderTerminal } from '../render/terminal.ts';
import { reports } from './fixtures/report.ts';

const reportPath = 'reports/run/report.html';
const names = ['healthy', 'failing', 'hostile'] as const;

/** Every file that must be just what the renderers give: path from the project's root, and text. */
export const goldenFiles: readonly { readonly path: string; readonly text: string }[] = [
  { path: 'docs/faults.md', text: faultsPage() },
  { path: 'docs/report.schema.json', text: reportSchemaText() },
  { path: 'docs/profile.schema.json', text: profileSchemaText() },
  { path: 'test/golden/healthy.report.json', text: renderJson(reports.healthy) },
  { path: 'test/golden/healthy.health.json', text: renderHealthReport(reports.healthy).text },
  {
    path: 'test/golden/failing.color.txt',
    text: renderTerminal(reports.failing, { color: true, reportPath }),
  },
  ...names.flatMap((name) => [
    { path: `test/golden/${name}.report.md`, text: renderMarkdown(reports[name]) },
    { path: `test/golden/${name}.junit.xml`, text: renderJunit(reports[name]) },
    { path: `test/golden/${name}.txt`, text: renderTerminal(reports[name], { color: false, reportPath }) },
  ]),
];
