import { join } from 'node:path';
import { localGenerator, localMonitor } from '../../contract/journal/paths.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { JournalPlaces } from './places.ts';

// Journals of format version 1: one generator in k6/, one monitor in server.ndjson, and older names. The lines themselves
// have the same shapes, and contract/plan knows the older names of phases.

const settingNames = { RATE_LIMIT_PHASES: 'RATE_LIMIT_OFFSETS' } as const;

/** run.json of version 1 with the names of this version, as far as it has the expected shape; the schema checks the rest. */
export function manifestOfVersion1(old: Fields): Fields {
  const profile = fieldsOf(old.profile);
  return {
    ...old,
    generators: [localGenerator],
    monitors: [localMonitor],
    settings: renamed(fieldsOf(old.settings) ?? {}, settingNames),
    ...(profile === null ? {} : { profile: profileOfVersion1(profile) }),
  };
}

function profileOfVersion1(profile: Fields): Fields {
  const criteria = fieldsOf(profile.criteria);
  const leak = fieldsOf(criteria?.leak);
  if (criteria === null || leak === null) return profile;
  return {
    ...profile,
    criteria: { ...criteria, leak: renamed(leak, { leastGrowthBytes: 'minGrowthBytes' }) },
  };
}

function renamed(fields: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [names[name] ?? name, value]));
}

/** Where version 1 keeps the pieces of a run. */
export function placesOfVersion1(folder: string): JournalPlaces {
  const k6Folder = join(folder, 'k6');
  return {
    generators: [{ id: localGenerator, folder: k6Folder }],
    monitors: [{ id: localMonitor, file: join(folder, 'server.ndjson') }],
    effectsFile: (scenario) => join(k6Folder, `${scenario}.effects.ndjson`),
    oneRun: true,
  };
}
