import { usesSecret, usesToken } from './consistency.ts';
import type { TargetProfile } from './profile.ts';
import { keyProblem } from './signing-key.ts';

export interface Webhook {
  /** Empty if the target needs none. */
  readonly token: string;
  readonly secret: string;
}

/** Several values of one setting: one a line if it holds a line break, else separated by commas. */
export function listed(text: string | undefined): readonly string[] {
  return (text ?? '').split(text?.includes('\n') ? '\n' : ',').flatMap((part) => part.trim() || []);
}

interface Needed {
  readonly name: string;
  readonly count: number;
}

/** Settings that are not set although others say that the webhooks exist already, and those that do not go together. */
function countProblems(
  { provisioning }: TargetProfile,
  needed: readonly Needed[],
  unread: readonly string[],
): readonly string[] {
  const unset = needed.filter(({ name, count }) => count === 0 && !unread.includes(name));
  const set = needed.filter(({ count }) => count > 0);
  const why = provisioning.kind === 'given' ? 'the profile says that the webhooks exist already' : `${set[0]?.name} is`;
  if (unset.length > 0 && (set.length > 0 || provisioning.kind === 'given')) {
    return unset.map(
      ({ name }) => `${name} is not set, but ${why}; set it, or set ${name}_FILE to a file with one value a line`,
    );
  }
  const [token, secret] = set;
  if (token === undefined || secret === undefined || token.count === secret.count) return [];
  return [
    `${token.name} holds ${token.count} and ${secret.name} ${secret.count}; give a secret for each token, in the same order`,
  ];
}

/**
 * The webhooks that WEBHOOK_TOKEN and WEBHOOK_SECRET name, as far as the profile's requests need them; empty if webhooks
 * are to be created.
 * @param unread settings whose file could not be read, which is told elsewhere.
 * @returns them and every problem found, one sentence each.
 */
export function givenWebhooks(
  profile: TargetProfile,
  tokens: readonly string[],
  secrets: readonly string[],
  unread: readonly string[] = [],
): { readonly webhooks: readonly Webhook[]; readonly problems: readonly string[] } {
  const needsToken = usesToken(profile);
  const needsSecret = usesSecret(profile);
  const problems = [
    ...countProblems(
      profile,
      [
        ...(needsToken ? [{ name: 'WEBHOOK_TOKEN', count: tokens.length }] : []),
        ...(needsSecret ? [{ name: 'WEBHOOK_SECRET', count: secrets.length }] : []),
      ],
      unread,
    ),
  ];
  if (needsSecret) {
    secrets.forEach((secret, index) => {
      const problem = keyProblem(profile.secret, secret);
      const which = secrets.length === 1 ? 'WEBHOOK_SECRET' : `WEBHOOK_SECRET: value ${index + 1}`;
      if (problem !== null) problems.push(`${which} ${problem}`);
    });
  }
  if (needsToken) {
    return { webhooks: tokens.map((token, index) => ({ token, secret: secrets[index] ?? '' })), problems };
  }
  if (needsSecret) return { webhooks: secrets.map((secret) => ({ token: '', secret })), problems };
  return { webhooks: profile.provisioning.kind === 'given' ? [{ token: '', secret: '' }] : [], problems };
}
