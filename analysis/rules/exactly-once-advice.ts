import type { DeliveryFault } from '../delivery/delivery-faults.ts';
import { type Advice, interleaved } from './advice.ts';

const release = 'after a failure between claim and store the claim must be released, or the signal is lost';
const claim =
  'claim the idempotency key and store the signal in one atomic step (SET NX before, or a unique index in the database)';
const cut =
  'if the client closes the connection, the handler must not stop between storing the signal and storing its key: finish both, or undo both';
const expiry = 'TTL: is it set with the claim itself (SET NX PX), in milliseconds, and never again by a repeat?';
const shared =
  'keep idempotency keys in a store that all workers share (Redis, or a unique index in the database): the memory of a worker, process or instance knows only what came to it';
const evicted = 'lost keys: a store that sweeps, evicts (maxmemory-policy) or is flushed forgets what was processed';
const key = 'the key: does it hold every field that makes a signal what it is, and the webhook?';
const fingerprint =
  'a fingerprint of the payload must leave out what each request has anew: timestamps, signatures, order of fields';
const refused = 'what is refused must have no effect: decide, and answer, before anything is stored or queued';
const logs =
  'error logs of the workers at the times of the failures: their senders cannot know what became of the signals';
const later =
  'a later stage (a worker, a unique index) that keeps keys of its own must let them expire when the answers do';

/** What to look at, by the fault, the most likely first. */
const byFault: Readonly<Record<DeliveryFault, readonly Advice[]>> = {
  lost: ['background work: is a signal acknowledged before it is stored where a crash cannot lose it?', release],
  'lost after a cut': [cut, release],
  'lost after a failure': [release],
  'dropped later': [
    later,
    'background work: is a signal acknowledged before it is stored where a crash cannot lose it?',
  ],
  'copies race': [claim],
  'twice after a cut': [cut, claim],
  'twice after a failure': [
    'a handler that fails after the effect must keep the key, or undo the effect: the repeat is a duplicate',
    claim,
  ],
  'processed again': [
    'background work: a queue that delivers at least once, or a retry, must know by the key what was processed before',
  ],
  'keys apart': [
    'shared keys: do all processes look a key up in one place (the same Redis or database), or each in a memory or cache of its own?',
  ],
  'failing repeat processed': [
    'a repeat that fails must have no effect: look the key up before anything is stored, or store both in one transaction',
    logs,
  ],
  'refused repeat processed': [refused],
  unexpected: [refused],
  'wrongly suppressed': [release, key],
  'stuck in progress': [
    'a key that is in progress must be let go when its handler dies: give it a lease, or release it in any case',
  ],
  'wrongly called changed': [fingerprint],
  failed: [logs],
  'TTL shorter': [expiry, evicted],
  'keys lost': [evicted, expiry, shared],
  'keys per worker': [shared, claim],
  'not recognized': [
    'is the key looked up at all, in the field or header where the sender puts it, before the signal is processed?',
  ],
  'key holds the stamp': [
    'the key: let it hold only what the sender repeats, such as the id of the signal: not the timestamp, and not the signature',
  ],
  'TTL longer': [expiry],
  'TTL prolonged': [expiry],
  'TTL not prolonged': ['TTL: a repeat should set it anew, or declare idempotency.repeatRefreshes as false'],
  'key too coarse': [key],
  'key too fine': [
    'the key: it holds more than the profile says, such as the webhook or the tenant: leave that out, or declare idempotency.scope',
  ],
  'changed payload not told': [
    'a changed payload: keep a fingerprint of the first with its key, compare each repeat with it, and answer as the profile says',
  ],
  'repeats fail': [
    'error logs of the workers at the times of the repeats: is what a unique index refuses answered as a duplicate?',
  ],
  'counter differs': ['counters: increment in the database (SET n = n + 1, INCR), never read, add and write back'],
};

export const deliveryAdvice: readonly Advice[] = [...new Set(Object.values(byFault).flat())];

export const deliveryAdviceOn = (faults: readonly DeliveryFault[]): readonly Advice[] =>
  interleaved(faults.map((fault) => byFault[fault]));
