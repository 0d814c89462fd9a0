import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { readManifest } from '../analysis/journal/manifest.ts';
import { type JournalPlaces, readRun } from '../analysis/journal/run.ts';
import { buildReport } from '../analysis/report.ts';
import { journalFiles, type Manifest } from '../contract/journal/journal.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import type { Report } from '../contract/report/report.ts';
import { readReportAssets } from '../render/assets.ts';
import { renderHealthReport } from '../render/health-report.ts';
import { renderHtml } from '../render/html.ts';
import { renderJson } from '../render/json.ts';
import { renderJunit } from '../render/junit.ts';
import { renderMarkdown } from '../render/markdown.ts';

/** Builds the report of pieces of a journal and writes every output into `folder`. */
export function writeReport(manifest: Manifest, places: JournalPlaces, folder: string, strict: boolean): Report {
  // V8 lets garbage pile up in proportion to what lives; the ledger of a long run would take a quarter more than it needs.
  setFlagsFromString('--optimize-for-size');
  const run = readRun(manifest, places);
  const report = buildReport(run, { strict: strict || manifest.settings.strict === true, now: new Date() });
  const health = renderHealthReport(report);
  const files: readonly (readonly [string, string])[] = [
    ['report.json', renderJson(report)],
    ['report.html', renderHtml(report, readReportAssets())],
    ['report.md', renderMarkdown(report)],
    ['junit.xml', renderJunit(report)],
    [health.fileName, health.text],
  ];
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  return report;
}

/**
 * Rebuilds every output of one run folder from its journal.
 * Throws an ExpectedError where the folder is no run.
 */
export function reportRun(folder: string, strict: boolean): Report {
  const { manifest, problem } = readManifest(join(folder, journalFiles.manifest));
  if (manifest === null) throw new ExpectedError(`${folder} is no run that can be reported: run.json: ${problem}`);
  const places = {
    k6Folder: join(folder, journalFiles.k6Folder),
    serverFile: join(folder, journalFiles.server),
    oneRun: true,
  };
  return writeReport(manifest, places, folder, strict);
}
