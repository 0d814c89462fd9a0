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
    httpVersion: z
      ._default(z.enum(['1.1', '2']), '1.1')
      .check(
        z.describe(
          'HTTP version that signals are sent by. 2: by ALPN on https, with prior knowledge on http; the checks before a run and the monitor keep to 1.1. HTTP_VERSION overrides it.',
        ),
      ),
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
          'Body of a signal, with placeholders; {id}, {n} or {uuid} makes it unlike all others. An object is sent as JSON, or as a form if contentType says so; a text is sent as it is. A JSON value that is exactly {n}, {quantity} or {price} becomes a number.',
        ),
      ),
  });
