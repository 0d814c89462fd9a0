import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { journalVersion, type Manifest, oldestVersion } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { planSchema } from '../../contract/journal/plan-schema.ts';
import { restart } from '../../contract/journal/restart.ts';
import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { targetProfile } from '../../contract/profile/profile.ts';
import { fieldsOf } from './fields.ts';
import { isReadable } from './header.ts';
import { type JournalPlaces, placesIn } from './places.ts';
import { manifestOfVersion1, placesOfVersion1 } from './version-1.ts';

/** An id names files, and stays inside the journal's folder. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const clockPair = z.object({ wallUs: z.number(), monotonicUs: z.number() });

const manifest = z.object({
  format: z.literal('run'),
  version: z.number(),
  runId: z.string().min(1),
  clock: clockPair,
  startedAtUs: z.number(),
  endedAtUs: z.number().nullable(),
  clockMovedUs: z.number().optional(),
  interrupted: z.boolean(),
  command: z.array(z.enum(scenarioNames)),
  generators: z.array(z.string().regex(fileName)),
  monitors: z.array(z.string().regex(fileName)),
  versions: z.object({ webhookStress: z.string(), node: z.string(), k6: z.string() }),
  k6Build: z.enum(['project', 'stock']),
  environment: z.object({ os: z.string(), cpuModel: z.string(), cores: z.number(), memoryBytes: z.number() }),
  target: z.object({
    kind: z.enum(['embedded', 'external']),
    baseUrl: z.string(),
    workers: z.number().nullable(),
    faults: z.array(z.string()),
  }),
  profile: targetProfile(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  // Journals of version 1 have none.
  plans: z.nullable(z.array(planSchema)).default(null),
  scenarios: z.array(
    z.object({
      name: z.enum(scenarioNames),
      startedAtUs: z.number(),
      endedAtUs: z.number().nullable(),
      k6ExitCode: z.number().nullable(),
      k6Signal: z.string().nullable(),
    }),
  ),
  // Older runs have none.
  restart: z.nullable(restart).default(null),
  serverCounts: z.record(z.string(), z.record(z.string(), z.number())).nullable(),
  unwritable: z.array(z.object({ file: z.string(), refusal: z.string() })).optional(),
});

export type OpenedJournal =
  | { readonly manifest: Manifest; readonly places: JournalPlaces; readonly problem: null }
  | { readonly manifest: null; readonly places: null; readonly problem: string };

/**
 * Opens a run folder: its manifest, and where its files lie. Version 1 is read through its adapter.
 * @returns a problem in one sentence if run.json cannot be read.
 */
export function openJournal(folder: string): OpenedJournal {
  const refused = (problem: string): OpenedJournal => ({ manifest: null, places: null, problem });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, journalFiles.manifest), 'utf8'));
  } catch (error) {
    return refused(error instanceof SyntaxError ? 'it is not JSON' : 'it is missing');
  }
  const fields = fieldsOf(value);
  const version = fields?.version;
  if (fields === null || typeof version !== 'number') return refused('it does not say its format version');
  if (!isReadable(version)) {
    return refused(
      `its format version is ${version}, and this program reads ${oldestVersion} to ${journalVersion}; use the webhook-stress that recorded it`,
    );
  }
  const parsed = manifest.safeParse(version === 1 ? manifestOfVersion1(fields) : fields);
  if (parsed.success) {
    const places = version === 1 ? placesOfVersion1(folder) : placesIn(folder, parsed.data);
    return { manifest: parsed.data, places, problem: null };
  }
  const first = parsed.error.issues[0];
  return refused(`${first?.path.join('.') ?? ''}: ${first?.message ?? 'it has another shape'}`);
}
