import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Faults } from '../../backend/faults.ts';
import { ComposedStore, type Fallback } from '../../backend/store/composed-store.ts';
import {
  type Admission,
  type Decision,
  type ReceivedSignal,
  type Records,
  StoreUnavailable,
} from '../../backend/store/store.ts';

const signal: ReceivedSignal = {
  webhook: 'w',
  key: 'k',
  keyScope: 'w',
  quota: 'w',
  signalId: 's',
  action: 'BUY',
  ticker: 'T',
  quantity: 1,
  price: 1,
};

const records: Records = {
  createWebhook: async () => {},
  findWebhook: async () => null,
  append: async () => true,
  readTotal: async () => 0,
  readSignals: async () => ({ signals: [], next: null, total: 0 }),
};

/** What is given back to an admission that fails so, while the fallback decides so. */
async function releasedAfter(error: StoreUnavailable, status: 'accepted' | 'limited'): Promise<readonly string[]> {
  const released: string[] = [];
  const admission: Admission = {
    claim: () => Promise.reject(error),
    release: async ({ key }) => {
      released.push(key);
    },
  };
  const decision: Decision = status === 'accepted' ? { status, id: 'i' } : { status, retryAfterMs: 1 };
  const fallback: Fallback = { process: async () => decision };
  const store = new ComposedStore(admission, records, fallback, new Faults({}));
  assert.deepEqual(await store.process(signal), decision);
  return released;
}

test('a claim that the admission may still admit is given back once the fallback has refused it', async () => {
  const late = new StoreUnavailable('Redis: no reply', { isLate: true });
  const gone = new StoreUnavailable('Redis: connection closed');
  assert.deepEqual(await releasedAfter(late, 'limited'), ['k']);
  assert.deepEqual(await releasedAfter(late, 'accepted'), []);
  assert.deepEqual(await releasedAfter(gone, 'limited'), []);
});
