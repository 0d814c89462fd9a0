import { defineTarget } from './define-target.ts';

/** The embedded backend as `webhook-stress target` starts it, without Redis and PostgreSQL. */
export default defineTarget({
  name: 'embedded backend',
  answers: [
    { outcome: 'duplicate', statuses: [200], body: { field: 'status', equals: 'duplicate' } },
    { outcome: 'duplicate', statuses: [200], header: { name: 'Idempotent-Replayed', equals: 'true' } },
    { outcome: 'accepted', statuses: [200, 201] },
    { outcome: 'pending', statuses: [409] },
    { outcome: 'limited', statuses: [429] },
    { outcome: 'rejected', statuses: [401, 404, 413, 415, 422] },
  ],
  limiter: { kind: 'sliding', limit: 10, windowMs: 1000 },
  idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter', fields: ['signal_id', 'ticker'] },
  readback: { kind: 'url' },
  monitoring: { metrics: '/metrics', collect: { by: 'request', url: '/api/v1/monitoring/collect' } },
  redis: 'none',
  database: 'none',
});
