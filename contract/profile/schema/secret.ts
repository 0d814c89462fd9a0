import * as z from 'zod/mini';
import { headers, text, whole } from './parts.ts';
import { baseUrl } from './server.ts';

/** How the secret of a webhook becomes the key of its HMAC. */
const key = () =>
  z.strictObject({
    encoding: z
      ._default(z.enum(['text', 'base64', 'hex']), 'text')
      .check(z.describe('text: the secret is the key. base64, hex: the key is what the secret says when decoded.')),
    prefix: z
      ._default(z.string(), '')
      .check(z.describe('Text at the start of the secret that is not part of the key, such as "whsec_".')),
  });

const signature = () =>
  z.strictObject({
    in: z.literal('signature').check(z.describe('Each request carries an HMAC, whose key is the secret.')),
    algorithm: z._default(z.enum(['sha1', 'sha256', 'sha512']), 'sha256').check(z.describe('Hash of the HMAC.')),
    key: z.prefault(key(), {}).check(z.describe('How the secret becomes the key.')),
    signed: z
      ._default(text(), '{body}')
      .check(
        z.describe(
          'What is signed: a text with the placeholders of a signal and {body}, {params} (names and values of a form, sorted by name), {url}, {path}, {method}, {timestamp} and {request_id}.',
        ),
      ),
    encoding: z._default(z.enum(['hex', 'base64']), 'hex').check(z.describe('How {signature} is written as text.')),
    headers: headers().check(
      z.describe(
        'Headers that carry {signature}, {timestamp} and {request_id}; the placeholders of a signal fit, too.',
      ),
    ),
    timestamp: z
      ._default(z.enum(['s', 'ms', 'iso']), 's')
      .check(
        z.describe(
          'How {timestamp}, the time of sending, is written: seconds or milliseconds since 1970, or ISO 8601.',
        ),
      ),
    publicUrl: baseUrl().check(
      z.describe('What {url} begins with, if the server is reached by another URL than BASE_URL. null: BASE_URL.'),
    ),
    toleranceSeconds: z
      ._default(z.nullable(whole()), null)
      .check(z.describe('How old a {timestamp} may be: older requests are refused. null: any age is accepted.')),
    refusesReplays: z
      ._default(z.boolean(), false)
      .check(z.describe('Whether a request that is repeated byte for byte is refused or answered as a duplicate.')),
  });

/** Where a webhook's secret goes. */
export const secret = () =>
  z.discriminatedUnion('in', [
    z.strictObject({ in: z.literal('none').check(z.describe('Signals carry no secret.')) }),
    z.strictObject({
      in: z.literal('query').check(z.describe('The secret is a query parameter.')),
      name: text().check(z.describe('Name of the query parameter.')),
    }),
    z.strictObject({
      in: z.literal('header').check(z.describe('The secret is a header.')),
      name: text().check(z.describe('Name of the header.')),
      prefix: z._default(z.string(), '').check(z.describe('Text before the secret, such as "Bearer ".')),
    }),
    z.strictObject({ in: z.literal('path').check(z.describe('The secret stands in request.path as {secret}.')) }),
    z.strictObject({
      in: z
        .literal('body')
        .check(z.describe('The secret is a field of the body; in a body that is a text it stands as {secret}.')),
      field: z
        ._default(z.nullable(text()), null)
        .check(z.describe('Name of the field. null: request.body holds {secret} itself.')),
    }),
    signature(),
  ]);
