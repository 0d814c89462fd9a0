import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openJournal } from '../../analysis/journal/manifest.ts';
import { generatorsOfPieces, manifestOfPieces } from '../../analysis/journal/pieces.ts';
import { localMonitor } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { exitCodes, weightiestExitCode } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { readEnvironment } from '../environment.ts';
import { type MergedMonitors, mergedMonitors } from '../merged-monitors.ts';
import { newestRun } from '../newest-run.ts';
import { commandHelp } from '../options/help.ts';
import type { Values } from '../options/option.ts';
import { parseArguments } from '../options/parse.ts';
import { reportTable } from '../options/report.ts';
import { loadProfile } from '../profile-file.ts';
import { isStillGoing } from '../runner-process.ts';
import { wantsColor } from '../terminal/color.ts';
import { widthOf } from '../terminal/width.ts';
import { reportFolder, terminalText, type WrittenReport, withMerged, writeReport } from '../write-report.ts';

/** The command `report`. Rejects with an ExpectedError that tells every problem of the options, or if there is nothing to report. */
export async function report(args: readonly string[]): Promise<number> {
  const { values, operands, help, problems: wrong } = parseArguments(reportTable, args);
  if (help) {
    process.stdout.write(commandHelp(reportTable));
    return exitCodes.passed;
  }
  const { k6, 'server-journal': serverJournal } = values;
  const problems = [...wrong];
  if (operands.length > 0 && k6 !== null) problems.push('give one run folder, or --k6');
  for (const name of ['out', 'profile', 'server-journal'] as const) {
    if (values[name] !== null && k6 === null)
      problems.push(`--${name} is for merged pieces: give --k6 too, or leave it out`);
  }
  const { merged, problems: ofMonitors } = mergedMonitors(values.monitor, values['clock-offset']);
  problems.push(...ofMonitors);
  if (problems.length > 0) throw new ExpectedError(`report: ${problems.join('; ')}`);
  const [operand] = operands;
  const folder = resolve(k6 !== null ? (values.out ?? k6) : (operand ?? newest(values.reports)));
  const isLive = k6 === null && operand !== undefined && tellIfLive(folder);
  const built =
    k6 !== null
      ? await reportPieces(resolve(k6), serverJournal === null ? null : resolve(serverJournal), {
          ...values,
          out: folder,
          merged,
        })
      : reportFolder(folder, { strict: values.strict, merged, secrets: readEnvironment().secrets, isLive });
  return show(built, folder);
}

function show(written: WrittenReport, folder: string): number {
  const { report, unwritten } = written;
  const form = { color: wantsColor(process.stdout, readEnvironment().all), width: widthOf(process.stdout) };
  process.stdout.write(`${terminalText(written, folder, form)}\n`);
  for (const { file, refusal } of unwritten)
    process.stderr.write(`${join(folder, file)} could not be written (${refusal})\n`);
  return weightiestExitCode(report.exitCode, unwritten.length > 0 ? exitCodes.inconclusive : exitCodes.passed);
}

function newest(reports: string): string {
  const { folder, live } = newestRun(reports);
  if (live !== null) process.stderr.write(`the run ${live} is still going; this is the newest that has ended\n`);
  return folder;
}

/** A run that is named is reported by what is written; it makes its own report when it ends. */
function tellIfLive(folder: string): boolean {
  const { manifest } = openJournal(folder);
  const isLive = manifest !== null && isStillGoing(manifest);
  if (isLive) {
    process.stderr.write(
      `the run ${folder} is still going: this report holds what is written so far; the run makes its own at its end\n`,
    );
  }
  return isLive;
}

async function reportPieces(
  k6Folder: string,
  serverFile: string | null,
  {
    out,
    merged,
    strict,
    profile: profileName,
  }: Pick<Values<typeof reportTable.options>, 'strict' | 'profile'> & {
    readonly out: string;
    readonly merged: MergedMonitors;
  },
) {
  const missing = (
    [
      ['--k6', k6Folder],
      ['--server-journal', serverFile],
    ] as const
  ).flatMap(([option, path]) =>
    path === null || existsSync(path) ? [] : [`${option} names ${path}, which does not exist`],
  );
  const environment = readEnvironment();
  const named = profileName ?? environment.targetProfile;
  const { profile, problems } = await loadProfile(named, process.cwd(), 'generic', () => environment.all);
  if (profile === null || missing.length > 0)
    throw new ExpectedError(`report: ${[...missing, ...problems].join('; ')}`);
  const generators = generatorsOfPieces(k6Folder);
  const monitors = serverFile === null ? [] : [{ id: localMonitor, file: serverFile }];
  const ids = monitors.map(({ id }) => id);
  const manifest = manifestOfPieces(generators, ids, { profile, node: process.version });
  if (manifest === null) {
    throw new ExpectedError(
      `report: --k6 names ${k6Folder}, which does not contain a <scenario>.timeline.ndjson, nor a folder that does`,
    );
  }
  mkdirSync(out, { recursive: true });
  const places = {
    generators,
    monitors,
    effectsFile: (scenario: ScenarioName) => join(k6Folder, `${scenario}.effects.ndjson`),
    oneRun: false,
  };
  return writeReport(manifest, withMerged(places, merged), out, { strict, secrets: environment.secrets });
}
