import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * Signed as Shopify signs: X-Shopify-Hmac-Sha256 is the HMAC-SHA256 of the body, in base64.
 * https://shopify.dev/docs/apps/build/webhooks/subscribe/https
 */
export default defineTarget({
  ...generic,
  name: 'receiver of Shopify webhooks',
  request: { headers: { 'X-Shopify-Topic': 'orders/create', 'X-Shopify-Webhook-Id': '{id}' } },
  secret: { in: 'signature', encoding: 'base64', headers: { 'X-Shopify-Hmac-Sha256': '{signature}' } },
});
