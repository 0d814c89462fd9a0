import * as z from 'zod/mini';
import { bodyTemplate, headers, path, text } from './parts.ts';

/** How a signal is sent. */
export const request = () =>
  z.strictObject({
    method: z
      ._default(z.enum(['POST', 'PUT', 'PATCH', 'GET']), 'POST')
      .check(z.describe('HTTP method of a signal. A GET sends no body.')),
    path: z
      ._default(path(), '/api/v1/webhooks/{token}')
      .check(z.describe('Path and query of a signal, with placeholders. Values are escaped in the path.')),
    headers: z
      ._default(headers(), {})
      .check(z.describe('Headers of a signal, with placeholders. They must not contain a literal secret.')),
    contentType: z._default(text(), 'application/json').check(z.describe('Content type of the body.')),
    body: z
      ._default(bodyTemplate(), {
        action: '{action}',
        ticker: '{ticker}',
        quantity: '{quantity}',
        price: '{price}',
        signal_id: '{id}',
      })
      .check(
        z.describe(
          'Body of a signal, with placeholders. An object is sent as JSON, or as a form if contentType says so; a text is sent as it is. A JSON value that is exactly {n}, {quantity} or {price} becomes a number.',
        ),
      ),
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
      in: z.literal('body').check(z.describe('The secret is a field of the body.')),
      field: text().check(z.describe('Name of the field.')),
    }),
    z.strictObject({
      in: z.literal('hmac-sha256').check(z.describe('The secret signs the raw body.')),
      header: text().check(z.describe('Header that carries the signature.')),
      prefix: z._default(z.string(), '').check(z.describe('Text before the signature, such as "sha256=".')),
      encoding: z._default(z.enum(['hex', 'base64']), 'hex').check(z.describe('How the signature is written as text.')),
    }),
  ]);
