import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { manifestOfPieces } from '../../analysis/journal/pieces.ts';
import { journalFiles } from '../../contract/journal/journal.ts';
import { exitCodes, weightiestExitCode } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { environment } from '../environment.ts';
import { parseOptions } from '../parse-options.ts';
import { loadProfile } from '../profile-file.ts';
import { reportFolder, terminalText, type WrittenReport, writeReport } from '../write-report.ts';

const options = {
  reports: { type: 'string', default: 'reports' },
  k6: { type: 'string' },
  'server-journal': { type: 'string' },
  profile: { type: 'string' },
  out: { type: 'string' },
  strict: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) => parseOptions('report', { args: [...args], options, allowPositionals: true });

const help = `webhook-stress report [DIR]: rebuild every output of a run from its journal, without any server

  DIR                    folder of the run (default: the newest under reports/)
  --reports DIR          where the newest is looked for (default reports)
  --k6 DIR --server-journal FILE
                         merge pieces that were recorded apart, by "k6 run --out timeline=DIR" and "webhook-stress monitor";
                         what the server promises comes from --profile and the environment as for run
  --profile PROFILE       of merged pieces: generic, fastapi, embedded or a file
  --out DIR              where the outputs of merged pieces go (default: the folder of --k6)
  --strict               warnings fail, too
  --help                 this text

The exit code is that of the verdict.
`;

/** The verb `report`. Rejects with an ExpectedError where there is nothing to report. */
export async function report(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return exitCodes.passed;
  }
  const { k6, 'server-journal': serverJournal } = values;
  if ((k6 === undefined) !== (serverJournal === undefined)) {
    throw new ExpectedError('report: --k6 and --server-journal belong together: give both, or a run folder');
  }
  if (positionals.length > 1 || (positionals.length === 1 && k6 !== undefined)) {
    throw new ExpectedError('report: give one run folder, or --k6 with --server-journal');
  }
  const folder = k6 !== undefined ? resolve(values.out ?? k6) : resolve(positionals[0] ?? newestRun(values.reports));
  const built =
    k6 !== undefined && serverJournal !== undefined
      ? await reportPieces(resolve(k6), resolve(serverJournal), folder, values.strict, values.profile)
      : reportFolder(folder, { strict: values.strict });
  return show(built, folder);
}

function show({ report, unwritten }: WrittenReport, folder: string): number {
  process.stdout.write(`${terminalText(report, folder, process.stdout.isTTY === true)}\n`);
  for (const { file, refusal } of unwritten)
    process.stderr.write(`${join(folder, file)} could not be written (${refusal})\n`);
  return weightiestExitCode(report.exitCode, unwritten.length > 0 ? exitCodes.inconclusive : exitCodes.passed);
}

function newestRun(reports: string): string {
  const runs = existsSync(reports)
    ? readdirSync(reports)
        .map((name) => join(reports, name))
        .filter((folder) => existsSync(join(folder, journalFiles.manifest)))
    : [];
  const newest = runs.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1);
  if (newest === undefined) throw new ExpectedError(`there is no run under ${reports}: name its folder`);
  return newest;
}

async function reportPieces(k6Folder: string, serverFile: string, out: string, strict: boolean, profileName?: string) {
  for (const [option, path] of [
    ['--k6', k6Folder],
    ['--server-journal', serverFile],
  ] as const) {
    if (!existsSync(path)) throw new ExpectedError(`report: ${option} names ${path}, which is not there`);
  }
  const named = profileName ?? environment.targetProfile;
  const { profile, problems } = await loadProfile(named, process.cwd(), 'generic', () => environment.all);
  if (profile === null) throw new ExpectedError(`report: ${problems.join('; ')}`);
  const manifest = manifestOfPieces(k6Folder, profile, process.version);
  if (manifest === null)
    throw new ExpectedError(`report: --k6 names ${k6Folder}, which holds no <scenario>.timeline.ndjson`);
  mkdirSync(out, { recursive: true });
  return writeReport(manifest, { k6Folder, serverFile, oneRun: false }, out, strict);
}
