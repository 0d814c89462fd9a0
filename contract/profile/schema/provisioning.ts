import * as z from 'zod/mini';
import { bodyTemplate, path, text } from './parts.ts';

const login = () =>
  z.strictObject({
    path: z._default(path(), '/api/v1/auth/login').check(z.describe('Path of the login.')),
    encoding: z._default(z.enum(['json', 'form']), 'json').check(z.describe('How the login is sent.')),
    emailField: z._default(text(), 'email').check(z.describe('Field for LOGIN_EMAIL.')),
    passwordField: z._default(text(), 'password').check(z.describe('Field for LOGIN_PASSWORD.')),
    tokenFields: z
      ._default(z.array(text()), ['access_token', 'token'])
      .check(z.describe('Fields of the answer that may hold the access token; the first that exists counts.')),
  });

const create = () =>
  z.strictObject({
    path: z._default(path(), '/api/v1/webhooks/').check(z.describe('Path that creates a webhook by POST.')),
    body: z
      ._default(bodyTemplate(), { name: '{name}', details: 'created by webhook-stress' })
      .check(z.describe('Body of the request; {name} is the name that the webhook gets.')),
    tokenFields: z
      ._default(z.array(text()), ['token', 'webhook_token'])
      .check(z.describe('Fields of the answer that may hold the token of the webhook.')),
    secretFields: z
      ._default(z.array(text()), ['secret', 'secret_key'])
      .check(z.describe('Fields of the answer that may hold its secret.')),
  });

const secondTenant = () =>
  z.exactOptional(
    z
      .boolean()
      .check(
        z.describe(
          'Whether the run has a second tenant, to see that two tenants share no keys: SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD, or for given webhooks SECOND_WEBHOOK_TOKEN and SECOND_WEBHOOK_SECRET. To set these is enough; true demands them.',
        ),
      ),
  );

/** Where webhooks come from. */
export const provisioning = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('given').check(z.describe('WEBHOOK_TOKEN and WEBHOOK_SECRET name existing webhooks.')),
      secondTenant: secondTenant(),
    }),
    z.strictObject({
      kind: z.literal('create').check(z.describe('Log in, then create each webhook with one request.')),
      login: z.prefault(login(), {}).check(z.describe('How to log in.')),
      create: z.prefault(create(), {}).check(z.describe('How to create a webhook.')),
      secondTenant: secondTenant(),
    }),
  ]);
