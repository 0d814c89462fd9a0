import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatorId, journalFiles } from '../../contract/journal/paths.ts';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { makeFolder } from '../make-folder.ts';

/** A run of the default sizes writes a few megabytes; less room than that is a full disk. */
const neededBytes = 4_000_000;

/** Writes and removes a file of that size: permissions alone do not tell whether a disk takes anything. */
function tryToWrite(folder: string): void {
  const path = join(folder, '.webhook-stress-probe');
  try {
    writeFileSync(path, Buffer.alloc(neededBytes));
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Makes the folder of a run, and checks that it can be written.
 * Throws an ExpectedError that names --reports or --run-id.
 */
export function makeRunFolder(reports: string, runId: string, generators: number): string {
  const folder = resolve(reports, runId);
  if (existsSync(join(folder, journalFiles.manifest))) {
    throw new ExpectedError(`${folder} holds a run already: give another --run-id`);
  }
  try {
    makeFolder(folder);
    for (let n = 1; n <= generators; n += 1) makeFolder(join(folder, journalFiles.generator(generatorId(n))));
    makeFolder(join(folder, journalFiles.monitorsFolder));
    makeFolder(join(folder, journalFiles.effectsFolder));
    tryToWrite(folder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(
      `--reports names ${resolve(reports)}, which cannot be written (${refusalOf(error)}): name a folder that can, with ${neededBytes / 1e6} MB of room`,
    );
  }
  return folder;
}
