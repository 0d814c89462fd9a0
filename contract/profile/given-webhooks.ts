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

/**
 * The webhooks that WEBHOOK_TOKEN and WEBHOOK_SECRET name, as far as the profile's requests need them; empty if webhooks
 * are to be created.
 * @returns them and every problem found, one sentence each.
 */
export function givenWebhooks(
  profile: TargetProfile,
  tokens: readonly string[],
  secrets: readonly string[],
): { readonly webhooks: readonly Webhook[]; readonly problems: readonly string[] } {
  const needsToken = usesToken(profile);
  const needsSecret = usesSecret(profile);
  const problems: string[] = [];
  if (needsToken && needsSecret && tokens.length !== secrets.length) {
    problems.push(
      `WEBHOOK_TOKEN holds ${tokens.length} values, but WEBHOOK_SECRET holds ${secrets.length}; give a secret for each token, in the same order`,
    );
  }
  if (profile.provisioning.kind === 'given') {
    for (const [name, needed, values] of [
      ['WEBHOOK_TOKEN', needsToken, tokens],
      ['WEBHOOK_SECRET', needsSecret, secrets],
    ] as const) {
      if (needed && values.length === 0) {
        problems.push(
          `${name} is not set, but the profile says that the webhooks exist already; set it, or set ${name}_FILE to a file with one value a line`,
        );
      }
    }
  }
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
