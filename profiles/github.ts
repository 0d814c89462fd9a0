import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * Signed as GitHub signs: X-Hub-Signature-256 is the HMAC-SHA256 of the body, in hex after "sha256=".
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export default defineTarget({
  ...generic,
  name: 'receiver of GitHub webhooks',
  request: { headers: { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': '{id}' } },
  secret: { in: 'signature', headers: { 'X-Hub-Signature-256': 'sha256={signature}' } },
});
