import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { openJournal } from '../analysis/journal/manifest.ts';
import { type JournalPlaces, placesIn } from '../analysis/journal/places.ts';
import { reportOf } from '../analysis/report.ts';
import type { Manifest } from '../contract/journal/journal.ts';
import { redactor } from '../contract/journal/redaction.ts';
import { UnwritableFileError } from '../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import type { Report } from '../contract/report/report.ts';
import { readReportAssets } from '../render/assets.ts';
import { renderHealthReport } from '../render/health-report.ts';
import { renderHtml } from '../render/html.ts';
import { renderJson } from '../render/json.ts';
import { renderJunit } from '../render/junit.ts';
import { renderMarkdown } from '../render/markdown.ts';
import { renderTerminal, type TerminalForm } from '../render/terminal.ts';
import { atomicWrite } from './atomic-write.ts';
import { pageIn, reportPage } from './report-page.ts';

export interface WrittenReport {
  readonly report: Report;
  /** The output that the disk refused; those after it were not tried. Empty if all were written. */
  readonly unwritten: readonly { readonly file: string; readonly refusal: string }[];
}

/** How a report is made. */
interface Making {
  readonly strict: boolean;
  /** They are in no text of it. */
  readonly secrets: readonly string[];
  /** The run still goes on. */
  readonly isLive?: boolean;
}

/** Builds the report of a journal and writes every output into `folder`; report.json last, so that it stands for all. */
export function writeReport(
  manifest: Manifest,
  places: JournalPlaces,
  folder: string,
  { strict, secrets, isLive = false }: Making,
): WrittenReport {
  // V8 lets garbage pile up in proportion to what lives; the ledger of a long run would take a quarter more than it needs.
  setFlagsFromString('--optimize-for-size');
  const report = reportOf(manifest, places, {
    strict: strict || manifest.settings.strict === true,
    now: new Date(),
    redact: redactor(secrets),
    isLive,
  });
  const health = renderHealthReport(report);
  const files: readonly (readonly [string, () => string])[] = [
    [reportPage, () => renderHtml(report, readReportAssets())],
    ['report.md', () => renderMarkdown(report)],
    ['junit.xml', () => renderJunit(report)],
    [health.fileName, () => health.text],
    ['report.json', () => renderJson(report)],
  ];
  for (const [file, text] of files) {
    try {
      atomicWrite(join(folder, file), text());
    } catch (error) {
      if (!(error instanceof UnwritableFileError)) throw error;
      return { report, unwritten: [{ file, refusal: error.refusal }] };
    }
  }
  return { report, unwritten: [] };
}

interface FolderReport extends Making {
  /** What the runner has in memory; without it run.json is read. */
  readonly manifest?: Manifest;
  /** Monitors whose files lie elsewhere, and what is known of their clocks. */
  readonly merged?: Pick<JournalPlaces, 'monitors' | 'clocks'>;
}

/** Rebuilds every output of one run folder from its journal. Throws an ExpectedError if the folder holds no run. */
export function reportFolder(folder: string, { manifest, merged, ...making }: FolderReport): WrittenReport {
  if (manifest !== undefined) return writeReport(manifest, placesIn(folder, manifest), folder, making);
  const opened = openJournal(folder);
  if (opened.manifest === null)
    throw new ExpectedError(`${folder} is not a run directory: run.json: ${opened.problem}`);
  return writeReport(opened.manifest, withMerged(opened.places, merged), folder, making);
}

/** Files of the same name elsewhere get further names. */
export function withMerged(places: JournalPlaces, merged: FolderReport['merged']): JournalPlaces {
  if (merged === undefined) return places;
  const taken = new Set(places.monitors.map(({ id }) => id));
  const monitors = merged.monitors.map(({ id, file }) => {
    let free = id;
    for (let n = 2; taken.has(free); n += 1) free = `${id}-${n}`;
    taken.add(free);
    return { id: free, file };
  });
  return { ...places, ...merged, monitors: [...places.monitors, ...monitors] };
}

/** The report as the terminal shows it. */
export function terminalText(written: WrittenReport, folder: string, form: Omit<TerminalForm, 'reportPath'>): string {
  return renderTerminal(written.report, { ...form, reportPath: pageIn(folder, written.unwritten) });
}
