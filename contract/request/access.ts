import { usesSecret, usesToken } from '../profile/consistency.ts';
import type { Webhook } from '../profile/given-webhooks.ts';
import { placeholdersIn } from '../profile/placeholders.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { keyProblem } from '../profile/signing-key.ts';
import { firstText, parsed } from './json-answer.ts';
import { fill, fillJson, formText } from './template.ts';

// How a profile's webhooks come about: the requests of log-in and creation, and what their answers say.

export type Create = Extract<TargetProfile['provisioning'], { kind: 'create' }>;

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export function loginRequest({ login }: Create, { email, password }: Credentials) {
  const fields = { [login.emailField]: email, [login.passwordField]: password };
  const isForm = login.encoding === 'form';
  return {
    method: 'POST',
    path: login.path,
    body: isForm ? formText(fields) : JSON.stringify(fields),
    headers: { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' },
  } as const;
}

export const accessTokenIn = ({ login }: Create, body: string): string | null =>
  firstText(parsed(body), login.tokenFields);

export function createRequest({ create }: Create, accessToken: string, name: string) {
  const { path, body } = create;
  return {
    method: 'POST',
    path,
    body: typeof body === 'string' ? fill(body, { name }) : JSON.stringify(fillJson(body, { name })),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
  } as const;
}

/** The webhook that an answer names, or what is wrong with it in words that follow "the answer". */
export function createdWebhook(profile: TargetProfile, { create }: Create, body: string): Webhook | string {
  const fields = parsed(body);
  const token = firstText(fields, create.tokenFields) ?? (usesToken(profile) ? null : '');
  const secret = firstText(fields, create.secretFields) ?? (usesSecret(profile) ? null : '');
  if (token === null || secret === null) {
    const wanted = [token === null ? create.tokenFields : [], secret === null ? create.secretFields : []];
    return `is without ${wanted.flat().join(', ')}`;
  }
  const problem = keyProblem(profile.secret, secret);
  return problem === null ? { token, secret } : `holds a secret that ${problem}`;
}

/** Whether read-back asks with the token of a log-in. */
export function readbackNeedsLogin({ readback }: TargetProfile): boolean {
  return readback.kind === 'url' && placeholdersIn([readback.path, readback.headers]).includes('accessToken');
}
