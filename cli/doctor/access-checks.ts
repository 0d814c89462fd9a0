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
import { outcomeOf } from '../../contract/request/answer.ts';
import { type Check, fault, ok, problem } from './check.ts';
import type { Heard } from './client.ts';
import type { Conversation } from './conversation.ts';
import { answerInWords, limitedCheck, obstacleCheck } from './refusal.ts';

export interface Access {
  readonly checks: readonly Check[];
  /** One to send to; null if there is none. */
  readonly webhook: Webhook | null;
}

/** Log-in and webhook: the first of those that are given, else one that is created for the checks. */
export async function checkAccess(talk: Conversation): Promise<Access> {
  const { profile, webhooks, login } = talk.parties;
  const { provisioning } = profile;
  const [given = null] = webhooks;
  if (provisioning.kind !== 'create' || (given !== null && !readbackNeedsLogin(profile))) {
    return { checks: [], webhook: given };
  }
  const logIn = await checkLogin(talk, provisioning, login);
  if (given !== null || logIn.status !== 'ok') return { checks: [logIn], webhook: given };
  const { check, webhook } = await checkCreation(talk, provisioning);
  return { checks: [logIn, check], webhook };
}

async function checkLogin(talk: Conversation, provisioning: Create, login: Credentials): Promise<Check> {
  const subject = 'log-in';
  const { path, tokenFields, encoding, emailField, passwordField } = provisioning.login;
  const heard = await talk.request(loginRequest(provisioning, login));
  const refused = refusedSetup(subject, heard, talk);
  if (refused !== null) return refused;
  const { status } = heard;
  const text = answerInWords(talk.named('POST', path), heard, talk);
  if (status === 400 || status === 401 || status === 403) {
    return problem(
      subject,
      text,
      'set LOGIN_EMAIL and LOGIN_PASSWORD (or LOGIN_PASSWORD_FILE) to a log-in of this server, or give webhooks by WEBHOOK_TOKEN and WEBHOOK_SECRET',
    );
  }
  if (status < 200 || status > 299) {
    const how = `${encoding} with ${emailField} and ${passwordField}`;
    return problem(
      subject,
      text,
      `say how to log in (provisioning.login: path ${path}, ${how}), or give webhooks by WEBHOOK_TOKEN and WEBHOOK_SECRET`,
    );
  }
  const token = accessTokenIn(provisioning, heard.body);
  if (token === null) {
    const fields = tokenFields.join(' or ');
    return problem(
      subject,
      `${text}, without ${fields}`,
      'name the field that holds the access token in provisioning.login.tokenFields',
    );
  }
  talk.accessToken = token;
  talk.keepSecret(token);
  return ok(subject, text);
}

async function checkCreation(
  talk: Conversation,
  provisioning: Create,
): Promise<{ readonly check: Check; readonly webhook: Webhook | null }> {
  const subject = 'new webhook';
  const { profile, runTag } = talk.parties;
  const { path } = provisioning.create;
  const heard = await talk.request(createRequest(provisioning, talk.accessToken, `stress-${runTag}-check`));
  const without = (check: Check) => ({ check, webhook: null });
  const refused = refusedSetup(subject, heard, talk);
  if (refused !== null) return without(refused);
  const text = answerInWords(talk.named('POST', path), heard, talk);
  if (heard.status < 200 || heard.status > 299) {
    const remedy =
      'say how webhooks are created (provisioning.create: path, body), or give some by WEBHOOK_TOKEN and WEBHOOK_SECRET';
    return without(problem(subject, text, remedy));
  }
  const created = createdWebhook(profile, provisioning, heard.body);
  if (typeof created === 'string') {
    const remedy =
      'name the fields that hold token and secret in provisioning.create.tokenFields and secretFields, and how the secret is written in secret.key';
    return without(problem(subject, `${text}, and the answer ${created}`, remedy));
  }
  talk.keepSecret(created.token);
  talk.keepSecret(created.secret);
  return { check: ok(subject, text), webhook: created };
}

/** What any request of set-up may meet; null if it was answered as such requests are. */
function refusedSetup(subject: string, heard: Heard, talk: Conversation): Check | null {
  const { profile, baseUrl } = talk.parties;
  const obstacle = obstacleCheck(subject, heard, baseUrl);
  if (obstacle !== null) return obstacle;
  const { status, body, headers } = heard;
  if (status !== 0 && outcomeOf(profile, status, body, headers) === 'limited') return limitedCheck(subject);
  if (status !== 0 && status < 500) return null;
  return fault(subject, answerInWords('it', heard, talk), 'see the log of the server', 'error-rate');
}
