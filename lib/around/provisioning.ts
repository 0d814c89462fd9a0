import { isUnsentCode, obstacleText } from '../../contract/journal/request-failures.ts';
import { newRunTag } from '../../contract/plan/signal-id.ts';
import type { Webhook } from '../../contract/profile/given-webhooks.ts';
import {
  accessTokenIn,
  type Create,
  type Credentials,
  createdWebhook,
  createRequest,
  loginRequest,
  readbackNeedsLogin,
} from '../../contract/request/access.ts';
import { environment } from '../environment.ts';
import { giveUp } from '../give-up.ts';
import { isOneOfSeveral } from '../origin.ts';
import type { RunData } from '../run-data.ts';
import type { Answer } from '../sent-request.ts';
import { openConnection, request } from '../webhook-client.ts';

function unreachable({ error }: Answer): never {
  if (isUnsentCode(error)) giveUp(`${environment.baseUrl} cannot be used: ${obstacleText(error)}`);
  giveUp(
    `no server answers at ${environment.baseUrl}: start it there, or set BASE_URL (a host outside loopback needs ALLOW_HOST, too)`,
  );
}

interface Tenant extends Credentials {
  /** Where they come from, for the case that they are refused. */
  readonly advice: string;
}

const firstTenant = (): Tenant => ({
  email: environment.email,
  password: environment.password,
  advice: 'Set LOGIN_EMAIL and LOGIN_PASSWORD, or WEBHOOK_TOKEN and WEBHOOK_SECRET',
});

function logIn(provisioning: Create, tenant: Tenant): string {
  const answer = request({ purpose: 'setup', name: 'POST login', ...loginRequest(provisioning, tenant) });
  if (answer.status === 0) unreachable(answer);
  const token = answer.outcome === 'accepted' ? accessTokenIn(provisioning, answer.body) : null;
  if (token === null) {
    const { tokenFields } = provisioning.login;
    giveUp(`login failed: HTTP ${answer.status}, no ${tokenFields.join(' or ')} in the answer. ${tenant.advice}`);
  }
  return token;
}

const createAdvice =
  ': say how webhooks are created (provisioning.create), or give some by WEBHOOK_TOKEN and WEBHOOK_SECRET';

function createWebhook(provisioning: Create, accessToken: string, name: string): Webhook {
  const answer = request({
    purpose: 'setup',
    name: 'POST webhooks',
    ...createRequest(provisioning, accessToken, name),
  });
  if (answer.outcome !== 'accepted')
    giveUp(`creating a webhook was answered with status ${answer.status}${createAdvice}`);
  const created = createdWebhook(environment.profile, provisioning, answer.body);
  if (typeof created === 'string') {
    giveUp(`creating a webhook was answered with status ${answer.status}, and the answer ${created}${createAdvice}`);
  }
  return created;
}

/** The webhook of the second tenant, and the token of its log-in. */
function provisionOther(runTag: string): { readonly webhook: Webhook; readonly accessToken: string } {
  const { secondTenant } = environment;
  const { provisioning } = environment.profile;
  if (secondTenant?.kind === 'webhook') return { webhook: secondTenant.webhook, accessToken: '' };
  if (secondTenant === null || provisioning.kind !== 'create')
    giveUp('the plan needs a second tenant: set SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD, or SECOND_WEBHOOK_TOKEN');
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
export function provision(wanted: number, otherIndex: number | null): RunData {
  const { provisioning } = environment.profile;
  const runTag = environment.runTag ?? newRunTag();
  const ofFirst = wanted - (otherIndex === null ? 0 : 1);
  const webhooks: Webhook[] = environment.webhooks.slice(0, ofFirst);
  let accessToken = '';
  if (webhooks.length > 0) {
    const answer = openConnection();
    if (answer.status === 0) unreachable(answer);
    if (provisioning.kind === 'create' && readbackNeedsLogin(environment.profile))
      accessToken = logIn(provisioning, firstTenant());
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
  return { webhooks, runTag, accessToken, otherTenant, isShared: isOneOfSeveral(), readyAtMs: Date.now() };
}
