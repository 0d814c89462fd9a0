import type { TargetProfile } from '../../contract/profile/profile.ts';

/** The profiles of profiles/built-in.ts by name. */
export type BuiltInProfiles = Readonly<Record<string, TargetProfile>> & {
  readonly embedded: TargetProfile;
  readonly generic: TargetProfile;
};

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);

/**
 * What is wrong with a profile's outline. Its checks are not here: they are in contract/profile/profile.ts, too large for every
 * VU to load. `webhook-stress run` and `webhook-stress profile` make them before k6 starts.
 */
function outlineProblems(value: unknown, like: TargetProfile): string[] {
  const advice = 'give the JSON that "webhook-stress profile FILE" prints';
  if (kindOf(value) !== 'object') return [`STRESS_PROFILE is not a JSON object; ${advice}`];
  const sections = new Map<string, unknown>(Object.entries(Object(value)));
  return Object.entries(like)
    .filter(([name, section]) => {
      const given = sections.get(name);
      return name === 'baseUrl' ? given === undefined : kindOf(given) !== kindOf(section);
    })
    .map(([name]) => `STRESS_PROFILE: ${name} is missing or of the wrong kind; ${advice}`);
}

/** Its outline is right; what `webhook-stress profile` printed is right in all else. */
function isProfile(value: unknown, like: TargetProfile): value is TargetProfile {
  return outlineProblems(value, like).length === 0;
}

/**
 * The profile that STRESS_PROFILE names, before settings change it.
 * @param text the name of a built-in profile, or a whole profile as JSON.
 */
export function baseProfile(
  text: string,
  builtIn: BuiltInProfiles,
): { readonly profile: TargetProfile; readonly problems: readonly string[] } {
  const named = Object.hasOwn(builtIn, text) ? builtIn[text] : undefined;
  if (named !== undefined) return { profile: named, problems: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const names = Object.keys(builtIn).join(', ');
    const problem = `STRESS_PROFILE is "${text.slice(0, 60)}"; a bundle run alone takes ${names}, or the JSON that "webhook-stress profile FILE" prints`;
    return { profile: builtIn.generic, problems: [problem] };
  }
  return isProfile(value, builtIn.generic)
    ? { profile: value, problems: [] }
    : { profile: builtIn.generic, problems: outlineProblems(value, builtIn.generic) };
}
