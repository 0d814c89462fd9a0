import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * Signed as Twilio signs: the HMAC-SHA1, in base64, of the URL and the fields of the form, sorted by name. Behind a proxy the
 * server checks the public URL: name it in secret.publicUrl. https://www.twilio.com/docs/usage/security#validating-requests
 */
export default defineTarget({
  ...generic,
  name: 'receiver of Twilio webhooks',
  request: { contentType: 'application/x-www-form-urlencoded' },
  secret: {
    in: 'signature',
    algorithm: 'sha1',
    signed: '{url}{params}',
    encoding: 'base64',
    headers: { 'X-Twilio-Signature': '{signature}' },
  },
});
