import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { readbackByUrl, type TargetProfile } from '../contract/profile/profile.ts';
import { readProfile } from '../contract/profile/read-profile.ts';
import { type ProfileSettings, profileWithSettings } from '../contract/profile/settings.ts';
import { type BuiltInProfileName, builtInProfiles, isBuiltInProfileName } from '../profiles/built-in.ts';
import { moduleDefault, ProfileFileError } from './profile-module.ts';

const modules = ['.ts', '.mts', '.mjs', '.cjs', '.js'];
const configFiles = [...modules, '.json'].map((extension) => `stress.config${extension}`);

interface Found {
  /** Null if there are problems. */
  readonly profile: TargetProfile | null;
  /** Where it came from: a built-in profile's name or a file's. */
  readonly source: string;
  readonly problems: readonly string[];
  /** Whether it is a built-in one because nothing else was named or found. */
  readonly isFallback?: true;
}

export interface Loaded extends Found {
  /** The profile as it is without settings; null if that has problems. */
  readonly base: TargetProfile | null;
}

/** Line of a mistake in JSON, from the position that the parser tells. */
function jsonProblem(text: string, error: Error): string {
  const position = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length);
  return `${text.slice(0, position).split('\n').length}: is not valid JSON: ${error.message.replace(/ in JSON at position.*/s, '')}`;
}

function jsonFile(path: string): unknown {
  // Editors on Windows begin a file with a byte order mark.
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProfileFileError(`${basename(path)}:${jsonProblem(text, error instanceof Error ? error : new Error())}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { $schema: _, ...profile } = Object.fromEntries(Object.entries(value));
  return profile;
}

async function fromFile(path: string): Promise<Found> {
  const source = basename(path);
  const problem = (text: string): Found => ({ profile: null, source, problems: [text] });
  const extension = extname(path);
  if (extension !== '.json' && !modules.includes(extension)) {
    return problem(`${source} is not a profile: its name must end in ${[...modules, '.json'].join(', ')}`);
  }
  try {
    const { profile, problems } = readProfile(extension === '.json' ? jsonFile(path) : await moduleDefault(path));
    return { profile, source, problems: problems.map((text) => `${source}: ${text}`) };
  } catch (error) {
    if (error instanceof ProfileFileError) return problem(error.message);
    throw error;
  }
}

/**
 * The profile that --profile or STRESS_PROFILE names, built in or a file. If neither is given: stress.config.* in the working
 * directory, else a built-in one.
 */
async function baseProfile(named: string | null, folder: string, fallback: BuiltInProfileName): Promise<Found> {
  if (named !== null) {
    if (isBuiltInProfileName(named)) return { profile: builtInProfiles[named], source: named, problems: [] };
    const path = resolve(folder, named);
    if (existsSync(path)) return fromFile(path);
    const known = Object.keys(builtInProfiles).join(', ');
    return {
      profile: null,
      source: named,
      problems: [`Unknown profile “${named}”: it is neither built in (${known}) nor a file`],
    };
  }
  const file = configFiles.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (file !== undefined) return fromFile(file);
  return { profile: builtInProfiles[fallback], source: fallback, problems: [], isFallback: true };
}

/**
 * Finds and reads the target's profile. Environment variables override it.
 * @param fallback the built-in profile to take if none is named and the folder has none.
 * @returns it, or every problem found, each with the path of the field.
 */
export async function loadProfile(
  named: string | null,
  folder: string,
  fallback: BuiltInProfileName,
  settings: (base: TargetProfile) => ProfileSettings,
): Promise<Loaded> {
  const { profile: base, source, problems, ...whence } = await baseProfile(named, folder, fallback);
  if (base === null) {
    // The settings' own mistakes do not wait for the file's to be mended.
    const { problems: more } = profileWithSettings(
      builtInProfiles[fallback],
      settings(builtInProfiles[fallback]),
      readbackByUrl(),
    );
    return { profile: null, base, source, problems: [...problems, ...more] };
  }
  const changed = profileWithSettings(base, settings(base), readbackByUrl());
  if (changed.problems.length > 0) return { profile: null, base, source, problems: changed.problems };
  // Settings may contradict what the file says elsewhere.
  const checked = readProfile(changed.profile);
  return {
    profile: checked.profile,
    base,
    source,
    ...whence,
    problems: checked.problems.map((text) => `${source} with settings: ${text}`),
  };
}
