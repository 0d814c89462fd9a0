import { type FaultOfStore, type StoreFault, withoutExplained } from '../stores/store-faults.ts';
import { type Advice, interleaved } from './advice.ts';

const sizes =
  'pools: do the pools of all workers together fit into what the database or Redis lets in (max_connections, maxclients)?';
const reconnect = 'timeouts and reconnection: a lost connection must not stay in the pool';
const needed =
  'the size of the pool: it needs requests a second × the seconds that each holds a connection; enlarge it, or make queries quicker and hold it for less';
const held = 'what holds connections: a transaction or a session that stays open on a path, errors included';
const logs = 'error logs of the database or Redis at the times named';
const order =
  'deadlocks: take locks in one order in all transactions (sort the ids), keep these short, and repeat what was ended';
const waits =
  'locks: which transaction holds them (pg_blocking_pids, pg_stat_activity)? Let it call nothing slow, and end soon';
const disk = 'the disk of the database or Redis: is there room, and may it write there?';

/** What to look at, by the fault, the most likely first. */
const byFault: Readonly<Record<StoreFault, readonly Advice[]>> = {
  down: [
    'why it was down: its own log, the OOM killer, or somebody who restarted it',
    'the server meanwhile: it must find its way back by itself, without connections of before, and answer with errors until then',
  ],
  silent: ['why it did not answer: is it frozen, or out of CPU, or is a firewall in the way?', reconnect],
  'no connection': [
    reconnect,
    'the network between them: the address, a firewall, or a proxy or balancer that ends connections at rest',
  ],
  starting: ['it was starting or recovering: who restarted it, and does the server wait for it and try again?', logs],
  pool: [needed, held],
  'sessions left open': [
    'sessions left idle in transaction: does each path commit or roll back and give its connection back, on errors and canceled requests, too?',
    'what they hold: locks, and a connection each until the pool is empty; pg_stat_activity shows their last query, idle_in_transaction_session_timeout ends them',
  ],
  'no slot': [sizes, held],
  deadlock: [order],
  lock: [
    waits,
    'statements that were given up (statement_timeout, lock_timeout): are they slow by themselves, or do they wait?',
  ],
  'locked file': [
    'SQLite has one writer at a time: set busy_timeout and WAL, keep transactions short, and begin those that write with BEGIN IMMEDIATE',
  ],
  slow: ['its machine at these times: CPU, memory and disk; and the queries or commands that take long'],
  'slow command': [
    'commands that hold Redis for long (SLOWLOG): KEYS, a large range, or a Lua script with a long loop',
  ],
  'memory full': [
    'the memory of Redis (maxmemory): do all keys expire, how large are they, and does it hold data of others, too?',
  ],
  evicts: [
    'evicted keys: idempotency keys and counts that are forgotten let repeats through; give Redis more memory, or noeviction and keys that expire',
  ],
  'cannot save': [disk],
  'disk full': [disk],
  'read-only': ['writes went to a replica: which address has the server, and does it follow a failover?'],
  cluster: ['the cluster: are all slots covered, and does the client follow MOVED and a failover?'],
  statistics: [
    "the server's own statistics failed: its error log at these times, and what the route asks of the database or Redis",
  ],
  errors: ['errors that the server counted: its own error log says which'],
};

export const storeAdvice: readonly Advice[] = [...new Set(Object.values(byFault).flat())];

/** By what is wrong with each store, the worst first. */
export const storeAdviceOn = (faults: readonly FaultOfStore[]): readonly Advice[] =>
  interleaved(withoutExplained(faults).map(({ fault }) => byFault[fault]));
