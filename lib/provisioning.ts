import exec from 'k6/execution';
import { isUnsentCode, obstacleText } from '../contract/journal/request-failures.ts';
import { newRunTag } from '../contract/plan/signal-id.ts';
import { usesSecret, usesToken } from '../contract/profile/consistency.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import { placeholdersIn } from '../contract/profile/placeholders.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import { keyProblem } from '../contract/profile/signing-key.ts';
import { environment } from './environment.ts';
import { firstText, parsed } from './json-answer.ts';
import type { Answer } from './sent-request.ts';
import { fill, fillJson, formText } from './template.ts';
import { openConnection, request } from './webhook-client.ts';

/** What setup() hands to every VU. Times on the generator's wall clock. */
export interface Provisioned {
  readonly webhooks: readonly Webhook[];
  /** Makes the signals of this run unlike those of any other. */
  readonly runTag: string;
  /** Of the log-in; empty where there was none. */
  readonly accessToken: string;
  /** The webhook of the second tenant by its index, and the token of its log-in; null without one. */
  readonly otherTenant: { readonly index: number; readonly accessToken: string } | null;
  /** When setup ended. In a phase: that by which the phase's instants count, see lib/execute.ts. */
  readonly readyAtMs: number;
}

type Create = Extract<TargetProfile['provisioning'], { kind: 'create' }>;

/** Ends the whole test with one line; a thrown error alone would come with a stack. */
function giveUp(message: string): never {
  exec.test.abort(message);
  throw new Error(message);
}

function unreachable({ error }: Answer): never {
  if (isUnsentCode(error)) giveUp(`${environment.baseUrl} cannot be used: ${obstacleText(error)}`);
  giveUp(
    `no server answers at ${environment.baseUrl}: start it there, or set BASE_URL (a host outside loopback needs ALLOW_HOST, too)`,
  );
}

interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Where they come from, for the case that they are refused. */
  readonly advice: string;
}

const firstTenant = (): Credentials => ({
  email: environment.email,
  password: environment.password,
  advice: 'Set LOGIN_EMAIL and LOGIN_PASSWORD, or WEBHOOK_TOKEN and WEBHOOK_SECRET',
});

function logIn({ login }: Create, { email, password, advice }: Credentials): string {
  const fields = { [login.emailField]: email, [login.passwordField]: password };
  const form = login.encoding === 'form';
  const answer = request({
    purpose: 'setup',
    name: 'POST login',
    method: 'POST',
    path: login.path,
    body: form ? formText(fields) : JSON.stringify(fields),
    headers: { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json' },
  });
  if (answer.status === 0) unreachable(answer);
  const token = answer.outcome === 'accepted' ? firstText(parsed(answer.body), login.tokenFields) : null;
  if (token === null) {
    giveUp(`login failed: HTTP ${answer.status}, no ${login.tokenFields.join(' or ')} in the answer. ${advice}`);
  }
  return token;
}

function createWebhook({ create }: Create, accessToken: string, name: string): Webhook {
  const { path, body, tokenFields, secretFields } = create;
  const answer = request({
    purpose: 'setup',
    name: 'POST webhooks',
    method: 'POST',
    path,
    body: typeof body === 'string' ? fill(body, { name }) : JSON.stringify(fillJson(body, { name })),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
  });
  const fields = answer.outcome === 'accepted' ? parsed(answer.body) : null;
  const token = firstText(fields, tokenFields) ?? (usesToken(environment.profile) ? null : '');
  const secret = firstText(fields, secretFields) ?? (usesSecret(environment.profile) ? null : '');
  if (answer.outcome !== 'accepted' || token === null || secret === null) {
    const wanted = [token === null ? tokenFields : [], secret === null ? secretFields : []].flat().join(', ');
    giveUp(
      `creating a webhook was answered with status ${answer.status}${wanted === '' ? '' : ` and without ${wanted}`}`,
    );
  }
  const problem = keyProblem(environment.profile.secret, secret);
  if (problem !== null) giveUp(`the secret of a created webhook ${problem}`);
  return { token, secret };
}

function readbackNeedsLogin(): boolean {
  const { readback } = environment.profile;
  return readback.kind === 'url' && placeholdersIn([readback.path, readback.headers]).includes('accessToken');
}

/** The webhook of the second tenant, and the token of its log-in. */
function provisionOther(runTag: string): { readonly webhook: Webhook; readonly accessToken: string } {
  const { secondTenant } = environment;
  const { provisioning } = environment.profile;
  if (secondTenant?.kind === 'webhook') return { webhook: secondTenant.webhook, accessToken: '' };
  if (secondTenant === null || provisioning.kind !== 'create')
    giveUp('the plan has a second tenant, the settings none');
  const { email, password } = secondTenant;
  const advice = 'Set SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD to those of a second tenant, or unset both';
  const accessToken = logIn(provisioning, { email, password, advice });
  return { webhook: createWebhook(provisioning, accessToken, `stress-${runTag}-other-tenant`), accessToken };
}

/**
 * k6's setup(): the webhooks given by WEBHOOK_TOKEN, or else log-in and as many new ones as the scenario wants.
 * Throws one clear line where there is no server or it refuses.
 * @param otherIndex which of them is the second tenant's; null: none.
 */
export function provision(wanted: number, otherIndex: number | null): Provisioned {
  const { provisioning } = environment.profile;
  const runTag = environment.runTag ?? newRunTag();
  const ofFirst = wanted - (otherIndex === null ? 0 : 1);
  const webhooks: Webhook[] = environment.webhooks.slice(0, ofFirst);
  let accessToken = '';
  if (webhooks.length > 0) {
    const answer = openConnection();
    if (answer.status === 0) unreachable(answer);
    if (provisioning.kind === 'create' && readbackNeedsLogin()) accessToken = logIn(provisioning, firstTenant());
  } else if (provisioning.kind === 'create') {
    accessToken = logIn(provisioning, firstTenant());
    while (webhooks.length < ofFirst) {
      webhooks.push(createWebhook(provisioning, accessToken, `stress-${runTag}-${webhooks.length}`));
    }
  }
  const other = otherIndex === null ? null : provisionOther(runTag);
  if (otherIndex !== null && other !== null) webhooks.splice(otherIndex, 0, other.webhook);
  const otherTenant =
    otherIndex === null || other === null ? null : { index: otherIndex, accessToken: other.accessToken };
  return { webhooks, runTag, accessToken, otherTenant, readyAtMs: Date.now() };
}
