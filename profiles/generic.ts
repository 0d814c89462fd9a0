import { defineTarget } from './define-target.ts';

/** What is assumed of a server given only by its BASE_URL, until a profile or settings say otherwise. */
export default defineTarget({
  name: 'generic',
  answers: [
    { outcome: 'duplicate', statuses: [200, 201, 202], body: { field: 'status', equals: 'duplicate' } },
    { outcome: 'duplicate', statuses: [409] },
    { outcome: 'accepted', statuses: [200, 201, 202, 204] },
    { outcome: 'limited', statuses: [429] },
    { outcome: 'rejected', statuses: [400, 401, 403, 404, 405, 413, 415, 422] },
  ],
  limiter: { kind: 'unknown', limit: 10, windowMs: 1000 },
  idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter' },
});
