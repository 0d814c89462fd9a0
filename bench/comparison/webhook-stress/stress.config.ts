import { defineTarget } from 'webhook-stress';

export default defineTarget({
  name: 'backend',
  baseUrl: 'http://127.0.0.1:8000',
  answers: [
    { outcome: 'duplicate', statuses: [200], body: { field: 'status', equals: 'duplicate' } },
    { outcome: 'accepted', statuses: [200] },
    { outcome: 'limited', statuses: [429] },
    { outcome: 'rejected', statuses: [401] },
  ],
  limiter: { kind: 'sliding', limit: 10, windowMs: 1000 },
  idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['signal_id', 'ticker'] },
  readback: { kind: 'url' },
  redis: 'none',
  database: 'none',
});
