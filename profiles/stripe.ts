import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * Signed as Stripe signs: the HMAC-SHA256 of "timestamp.body", not older than five minutes. The key is the whole secret, its
 * "whsec_" included. https://docs.stripe.com/webhooks#verify-manually
 */
export default defineTarget({
  ...generic,
  name: 'receiver of Stripe webhooks',
  secret: {
    in: 'signature',
    signed: '{timestamp}.{body}',
    headers: { 'Stripe-Signature': 't={timestamp},v1={signature}' },
    toleranceSeconds: 300,
  },
});
