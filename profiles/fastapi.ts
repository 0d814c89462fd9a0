import { defineTarget } from './define-target.ts';

/**
 * A FastAPI backend: OAuth2 form log-in, `token` and `secret_key` of a created webhook, a duplicate answered with the first
 * answer again or with 409, no read-back.
 */
export default defineTarget({
  name: 'FastAPI backend',
  answers: [
    { outcome: 'duplicate', statuses: [409] },
    { outcome: 'duplicate', statuses: [200], body: { is: 'same-as-first' } },
    { outcome: 'accepted', statuses: [200, 201, 202] },
    { outcome: 'limited', statuses: [429] },
    { outcome: 'rejected', statuses: [400, 401, 403, 404, 405, 413, 415, 422] },
  ],
  limiter: { kind: 'unknown', limit: 10, windowMs: 1000, retryAfter: false },
  idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter' },
  provisioning: {
    kind: 'create',
    login: { encoding: 'form', emailField: 'username', tokenFields: ['access_token'] },
    create: { tokenFields: ['token'], secretFields: ['secret_key'] },
  },
  redis: 'present',
  database: 'present',
});
