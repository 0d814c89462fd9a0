import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { readbackByUrl, readProfile, type TargetProfile } from '../contract/profile/profile.ts';
import { type ProfileSettings, profileWithSettings } from '../contract/profile/settings.ts';
import { type BuiltInProfileName, builtInProfiles, isBuiltInProfileName } from '../profiles/built-in.ts';

const modules = ['.ts', '.mjs', '.js'];
const configFiles = [...modules, '.json'].map((extension) => `stress.config${extension}`);

export interface Loaded {
  /** Null where there are problems. */
  readonly profile: TargetProfile | null;
  /** Where it came from: a ready profile's name or a file's. */
  readonly source: string;
  readonly problems: readonly string[];
}

/** A mistake in the profile's file, told as a problem of the settings. */
class ProfileFileError extends Error {}

/**
 * The default export of a module in TypeScript or JavaScript. It is bundled first, so that it may import what lies beside it,
 * and `webhook-stress` wherever this package is.
 */
async function moduleDefault(path: string): Promise<unknown> {
  const { build } = await import('esbuild');
  const name = basename(path);
  let code: string;
  try {
    const { outputFiles } = await build({
      entryPoints: [path],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'silent',
      plugins: [
        {
          name: 'webhook-stress',
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^webhook-stress$/ }, () => ({ path: 'webhook-stress', namespace: 'own' }));
            onLoad({ filter: /.*/, namespace: 'own' }, () => ({ contents: 'export const defineTarget = (t) => t;' }));
          },
        },
      ],
    });
    code = outputFiles[0]?.text ?? '';
  } catch (error) {
    throw new ProfileFileError(`${name} cannot be read: ${firstLine(buildError(error))}`);
  }
  let loaded: unknown;
  try {
    loaded = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  } catch (error) {
    throw new ProfileFileError(`${name} cannot be run: ${firstLine(String(error))}`);
  }
  if (typeof loaded !== 'object' || loaded === null || !('default' in loaded)) {
    throw new ProfileFileError(`${name} has no default export; write "export default defineTarget({ … })"`);
  }
  return loaded.default;
}

function buildError(error: unknown): string {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return String(error);
  const [first] = error.errors as { text: string; location: { line: number } | null }[];
  return first === undefined
    ? error.message
    : `${first.location === null ? '' : `line ${first.location.line}: `}${first.text}`;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function jsonFile(path: string): unknown {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const { $schema: _, ...profile } = Object.fromEntries(Object.entries(value));
    return profile;
  } catch (error) {
    throw new ProfileFileError(`${basename(path)} is no JSON: ${firstLine(String(error))}`);
  }
}

async function fromFile(path: string): Promise<Loaded> {
  const source = basename(path);
  const problem = (text: string): Loaded => ({ profile: null, source, problems: [text] });
  const extension = extname(path);
  if (extension !== '.json' && !modules.includes(extension)) {
    return problem(`${source} must end in .json, .ts, .mjs or .js`);
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
 * The profile by what --profile or STRESS_PROFILE names, a ready one or a file; where neither is given stress.config.ts, .mjs,
 * .js or .json in the working directory; else a ready one.
 */
async function baseProfile(named: string | null, folder: string, fallback: BuiltInProfileName): Promise<Loaded> {
  if (named !== null) {
    if (isBuiltInProfileName(named)) return { profile: builtInProfiles[named], source: named, problems: [] };
    const path = resolve(folder, named);
    if (existsSync(path)) return fromFile(path);
    const ready = Object.keys(builtInProfiles).join(', ');
    return {
      profile: null,
      source: named,
      problems: [`the target profile "${named}" is neither a ready one (${ready}) nor a file`],
    };
  }
  const file = configFiles.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (file !== undefined) return fromFile(file);
  return { profile: builtInProfiles[fallback], source: fallback, problems: [] };
}

/**
 * Finds and reads the target's profile, with the settings over it.
 * @param fallback the ready profile that is taken where none is named and the folder holds none.
 * @returns it, or every problem found, each with the path of the field.
 */
export async function loadProfile(
  named: string | null,
  folder: string,
  fallback: BuiltInProfileName,
  settings: (base: TargetProfile) => ProfileSettings,
): Promise<Loaded> {
  const { profile: base, source, problems } = await baseProfile(named, folder, fallback);
  if (base === null) {
    // The settings' own mistakes do not wait for the file's to be mended.
    const { problems: more } = profileWithSettings(
      builtInProfiles[fallback],
      settings(builtInProfiles[fallback]),
      readbackByUrl(),
    );
    return { profile: null, source, problems: [...problems, ...more] };
  }
  const changed = profileWithSettings(base, settings(base), readbackByUrl());
  if (changed.problems.length > 0) return { profile: null, source, problems: changed.problems };
  // Settings may contradict what the file says elsewhere.
  const checked = readProfile(changed.profile);
  return {
    profile: checked.profile,
    source,
    problems: checked.problems.map((text) => `${source} with settings: ${text}`),
  };
}
