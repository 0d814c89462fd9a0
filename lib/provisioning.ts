import exec from 'k6/execution';
import { environment, type Webhook } from './environment.ts';
import { type Answer, openConnection, request } from './webhook-client.ts';

/** What setup() hands to every VU. Times on the generator's wall clock. */
export interface Provisioned {
  readonly webhooks: readonly Webhook[];
  /** Makes the signals of this run unlike those of any other. */
  readonly runTag: string;
  /** When setup ended: barriers count from here. */
  readonly readyAtMs: number;
}

function objectOf(answer: Answer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(answer.body);
    if (typeof parsed === 'object' && parsed !== null) return Object.fromEntries(Object.entries(parsed));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return {};
}

function firstText(fields: Record<string, unknown>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/** Ends the whole test with one line; a thrown error alone would come with a stack. */
function giveUp(message: string): never {
  exec.test.abort(message);
  throw new Error(message);
}

function unreachable(): never {
  giveUp(
    `no server answers at ${environment.baseUrl}: start it there, or set BASE_URL (a host outside loopback needs ALLOW_HOST, too)`,
  );
}

function logIn(): string {
  const answer = request({
    purpose: 'setup',
    name: 'POST login',
    method: 'POST',
    path: '/api/v1/auth/login',
    body: JSON.stringify({ email: environment.email, password: environment.password }),
    headers: { 'Content-Type': 'application/json' },
  });
  if (answer.status === 0) unreachable();
  const token = firstText(objectOf(answer), ['access_token', 'token']);
  if (token === null) {
    giveUp(
      `log-in was answered with status ${answer.status} and no access_token: set LOGIN_EMAIL and LOGIN_PASSWORD, or WEBHOOK_TOKEN and WEBHOOK_SECRET`,
    );
  }
  return token;
}

function createWebhook(accessToken: string, name: string): Webhook {
  const answer = request({
    purpose: 'setup',
    name: 'POST webhooks',
    method: 'POST',
    path: '/api/v1/webhooks/',
    body: JSON.stringify({ name, details: 'created by webhook-stress' }),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
  });
  const fields = objectOf(answer);
  const token = firstText(fields, ['token', 'webhook_token']);
  const secret = firstText(fields, ['secret', 'secret_key']);
  if (token === null || secret === null) {
    giveUp(`creating a webhook was answered with status ${answer.status} and no token and secret`);
  }
  return { token, secret };
}

/** Webhooks that a scenario that wants `wanted` of them will have. */
export function webhooksFor(wanted: number): number {
  return environment.webhooks.length > 0 ? Math.min(wanted, environment.webhooks.length) : wanted;
}

/**
 * k6's setup(): the webhooks given by WEBHOOK_TOKEN, or else log-in and as many new ones as the scenario wants.
 * Throws one clear line where there is no server or it refuses.
 */
export function provision(wanted: number): Provisioned {
  const runTag = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e9).toString(36)}`;
  const webhooks: Webhook[] = environment.webhooks.slice(0, wanted);
  if (webhooks.length === 0) {
    const accessToken = logIn();
    while (webhooks.length < wanted) webhooks.push(createWebhook(accessToken, `stress-${runTag}-${webhooks.length}`));
  } else if (openConnection().status === 0) {
    unreachable();
  }
  return { webhooks, runTag, readyAtMs: Date.now() };
}
