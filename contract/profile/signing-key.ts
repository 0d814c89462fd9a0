import type { TargetProfile } from './profile.ts';

type Secret = TargetProfile['secret'];

const shapes = {
  base64: /^[A-Za-z0-9+/]+={0,2}$/,
  hex: /^(?:[0-9a-f]{2})+$/i,
} as const;

/** A secret without the prefix that is no part of the key. */
export const withoutPrefix = (secret: string, prefix: string): string =>
  secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;

/** Why a secret cannot become the key of the declared signature; null if it can. The secret itself is not repeated. */
export function keyProblem(declared: Secret, secret: string): string | null {
  if (declared.in !== 'signature' || declared.key.encoding === 'text') return null;
  const { encoding, prefix } = declared.key;
  const written = withoutPrefix(secret, prefix);
  const length = written.replace(/=+$/, '').length;
  const isRight = shapes[encoding].test(written) && (encoding !== 'base64' || length % 4 !== 1);
  if (isRight) return null;
  const after = prefix === '' ? '' : ` after "${prefix}"`;
  return `is not ${encoding}${after}, which secret.key of the profile declares`;
}
