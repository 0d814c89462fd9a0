import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * Signed by Standard Webhooks, as Svix and many others do: the HMAC-SHA256 of "id.timestamp.body", in base64; the key is the
 * base64 after "whsec_". A redelivery has the id of the first delivery. https://www.standardwebhooks.com
 */
export default defineTarget({
  ...generic,
  name: 'receiver of Standard Webhooks',
  secret: {
    in: 'signature',
    key: { encoding: 'base64', prefix: 'whsec_' },
    signed: '{id}.{timestamp}.{body}',
    encoding: 'base64',
    headers: { 'webhook-id': '{id}', 'webhook-timestamp': '{timestamp}', 'webhook-signature': 'v1,{signature}' },
    toleranceSeconds: 300,
  },
});
