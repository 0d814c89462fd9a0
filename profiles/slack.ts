import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * Signed as Slack signs: the HMAC-SHA256 of "v0:timestamp:body", not older than five minutes.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export default defineTarget({
  ...generic,
  name: 'receiver of Slack events',
  secret: {
    in: 'signature',
    signed: 'v0:{timestamp}:{body}',
    headers: { 'X-Slack-Request-Timestamp': '{timestamp}', 'X-Slack-Signature': 'v0={signature}' },
    toleranceSeconds: 300,
  },
});
