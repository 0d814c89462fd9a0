import { join } from 'node:path';
import { journalVersion, type Manifest, oldestVersion } from '../../contract/journal/journal.ts';
import { manifestSchema } from '../../contract/journal/manifest-schema.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { fieldsOf } from './fields.ts';
import { isReadable } from './header.ts';
import { readJsonFile } from './json-file.ts';
import { type JournalPlaces, placesIn } from './places.ts';
import { manifestOfVersion1, placesOfVersion1 } from './version-1.ts';

export type OpenedJournal =
  | { readonly manifest: Manifest; readonly places: JournalPlaces; readonly problem: null }
  | { readonly manifest: null; readonly places: null; readonly problem: string };

/**
 * Opens a run folder: its manifest, and where its files lie. Version 1 is read through its adapter.
 * @returns a problem in one sentence if run.json cannot be read.
 */
export function openJournal(folder: string): OpenedJournal {
  const refused = (problem: string): OpenedJournal => ({ manifest: null, places: null, problem });
  const { value, problem } = readJsonFile(join(folder, journalFiles.manifest));
  if (problem !== null) return refused(problem.text);
  const fields = fieldsOf(value);
  const version = fields?.version;
  if (fields === null || typeof version !== 'number') return refused('it does not say its format version');
  if (!isReadable(version)) {
    return refused(
      `its format version is ${version}, and this program reads ${oldestVersion} to ${journalVersion}; use the webhook-stress that recorded it`,
    );
  }
  const parsed = manifestSchema.safeParse(version === 1 ? manifestOfVersion1(fields) : fields);
  if (parsed.success) {
    const places = version === 1 ? placesOfVersion1(folder) : placesIn(folder, parsed.data);
    return { manifest: parsed.data, places, problem: null };
  }
  const first = parsed.error.issues[0];
  return refused(`${first?.path.join('.') ?? ''}: ${first?.message ?? 'it has another shape'}`);
}
