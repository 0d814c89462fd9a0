import { problemsOf } from '../contract/profile/problems.ts';
import { type Signature, type TargetProfile, targetProfile } from '../contract/profile/profile.ts';
import { readProfile } from '../contract/profile/read-profile.ts';
import { builtInProfileNames, builtInProfiles, isBuiltInProfileName } from '../profiles/built-in.ts';
import type { Loaded } from './profile-file.ts';

interface Named {
  readonly signature: Signature | null;
  /** What a ready profile sends; null if only the signature was given. */
  readonly request: TargetProfile['request'] | null;
  readonly problems: readonly string[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const signedNames = (): readonly string[] =>
  builtInProfileNames.filter((name) => builtInProfiles[name].secret.in === 'signature');

/** The signature that --signature names: that of a ready profile, or a secret section in JSON. */
export function signatureNamed(text: string | null): Named {
  const none = { signature: null, request: null };
  if (text === null) return { ...none, problems: [] };
  if (isBuiltInProfileName(text)) {
    const { secret, request } = builtInProfiles[text];
    if (secret.in === 'signature') return { signature: secret, request, problems: [] };
  }
  const value = parsed(text);
  const read = targetProfile().shape.secret.safeParse(value);
  if (read.success && read.data.in === 'signature') return { signature: read.data, request: null, problems: [] };
  const problems =
    read.success || value === null
      ? [
          `--signature is "${text.slice(0, 60)}"; it must be one of ${signedNames().join(', ')}, or a profile's secret in JSON with "in": "signature"`,
        ]
      : problemsOf(read.error.issues, value).map((problem) => `--signature: ${problem}`);
  return { ...none, problems };
}

/** A profile that signs as --signature says. */
export function withSignature(loaded: Loaded, text: string | null): Loaded {
  const { signature, request, problems } = signatureNamed(text);
  if (problems.length > 0) return { ...loaded, profile: null, problems: [...loaded.problems, ...problems] };
  if (signature === null || loaded.profile === null) return loaded;
  const own = loaded.profile.request;
  const checked = readProfile({
    ...loaded.profile,
    secret: signature,
    request: {
      ...own,
      contentType: request?.contentType ?? own.contentType,
      headers: { ...own.headers, ...request?.headers },
    },
  });
  return {
    ...loaded,
    profile: checked.profile,
    problems: [...loaded.problems, ...checked.problems.map((problem) => `--signature: ${problem}`)],
  };
}
