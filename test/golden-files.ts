import { readFileSync } from 'node:fs';
import { faultsPage } from '../backend/fault-table.ts';
import { environmentPage } from '../cli/environment-variables.ts';
import { withFieldTable } from '../contract/profile/field-table.ts';
import { profileSchemaText } from '../contract/profile/json-schema.ts';
import { eventSchemaText } from '../contract/report/events.ts';
import { reportSchemaText } from '../contract/report/json-schema.ts';
import { renderJunit } from '../render/junit.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { renderTerminal } from '../render/terminal.ts';
import { criteriaTable } from './criteria-table.ts';
import { mergedReport } from './fixtures/merged.ts';
import { faultyReport } from './fixtures/recorded.ts';
import { withGenerated } from './generated-block.ts';
import { madeSignalsText, madeUuidsText } from './made-signals.ts';
import { ownFaultsPage } from './matrix/own-faults.ts';
import { exitCodesTable, questionsTable } from './readme-tables.ts';
import { phaseTable, scenariosTable, sizesTable } from './scenario-tables.ts';

const readmeWidth = 110;
const reportPath = 'reports/run/report.html';
const faulty = faultyReport();
const terminal = renderTerminal(faulty, { color: false, width: 80, reportPath });

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

/**
 * Every file that must be just what the program gives: path from the project's root, and text. The reports are those of a
 * recorded journal, made by the way that every run takes.
 */
export const goldenFiles: readonly { readonly path: string; readonly text: string }[] = [
  { path: 'docs/environment.md', text: environmentPage() },
  { path: 'docs/faults.md', text: faultsPage() },
  { path: 'docs/own-faults.md', text: ownFaultsPage() },
  { path: 'docs/report.schema.json', text: reportSchemaText() },
  { path: 'docs/events.schema.json', text: eventSchemaText() },
  {
    path: 'docs/profile-fields.md',
    text: withFieldTable(readFileSync(new URL('../docs/profile-fields.md', import.meta.url), 'utf8')),
  },
  { path: 'docs/profile.schema.json', text: profileSchemaText() },
  page('docs/criteria.md', { criteria: criteriaTable() }),
  page('docs/scenarios.md', { scenarios: scenariosTable(), phases: phaseTable(), sizes: sizesTable() }),
  page('README.md', {
    questions: questionsTable(),
    accusation: ['```text', ...accusation(), '```'].join('\n'),
    'exit-codes': exitCodesTable(),
  }),
  page('docs/quick-start.md', { 'exit-codes': exitCodesTable() }),
  { path: 'test/fixtures/made-signals.ndjson', text: madeSignalsText() },
  { path: 'test/fixtures/made-uuids.ndjson', text: madeUuidsText() },
  { path: 'test/golden/faulty.txt', text: terminal },
  { path: 'test/golden/faulty.color.txt', text: renderTerminal(faulty, { color: true, width: 80, reportPath }) },
  { path: 'test/golden/faulty.report.md', text: renderMarkdown(faulty) },
  { path: 'test/golden/merged.txt', text: renderTerminal(mergedReport(), { color: false, width: 80, reportPath }) },
  { path: 'test/golden/faulty.junit.xml', text: renderJunit(faulty) },
];

/** What a wider terminal shows of it, up to the first criterion that passed. */
function accusation(): readonly string[] {
  const lines = renderTerminal(faulty, { color: false, width: readmeWidth, reportPath }).trim().split('\n');
  return lines.slice(0, lines.findIndex((line) => line.startsWith('  ✓ ')) + 1);
}
