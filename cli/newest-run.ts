import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../analysis/journal/manifest.ts';
import { journalFiles } from '../contract/journal/paths.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import { isStillGoing } from './runner-process.ts';

export interface NewestRun {
  readonly folder: string;
  /** The folder of a run that is still going; null if none is. */
  readonly live: string | null;
}

/** The newest run that has ended, as far as that is seen here. Throws an ExpectedError if there is none. */
export function newestRun(reports: string): NewestRun {
  const runs = (existsSync(reports) ? readdirSync(reports) : [])
    .map((name) => join(reports, name))
    .filter((folder) => existsSync(join(folder, journalFiles.manifest)))
    .map((folder) => {
      const { manifest } = openJournal(folder);
      const isLive = manifest !== null && isStillGoing(manifest);
      return { folder, isLive, startedAtUs: manifest?.startedAtUs ?? 0 };
    })
    // A folder changes whenever a report is made in it: what tells is run.json.
    .sort((a, b) => b.startedAtUs - a.startedAtUs);
  const ended = runs.find(({ isLive }) => !isLive);
  const live = runs.find(({ isLive }) => isLive)?.folder ?? null;
  if (ended !== undefined) return { folder: ended.folder, live };
  throw new ExpectedError(
    live === null
      ? `report: no run found under ${reports}: name the folder of a run`
      : `report: the run ${live} is still going, and there is no other under ${reports}: wait until it ends`,
  );
}
