import { type Counts, countRequest } from './counts.ts';
import { Faults } from './faults.ts';
import { Locks } from './locks.ts';
import type { Note, PoolState, QuestionName, Questions, StoreName } from './messages.ts';
import type { WorkerSettings } from './settings.ts';
import { admissionRules } from './store/admission-rules.ts';
import { ComposedStore } from './store/composed-store.ts';
import { MemoryAdmission } from './store/memory-admission.ts';
import { MemoryRecords } from './store/memory-records.ts';

type Answers = {
  readonly [Q in QuestionName]: (
    gives: Questions[Q]['gives'],
    workerPid: number,
  ) => Questions[Q]['gets'] | Promise<Questions[Q]['gets']>;
};

/** What all workers share: counts always, admission and records where no Redis or PostgreSQL holds them. */
export class SupervisorState {
  readonly answers: Answers;
  readonly #counts: Counts = {};
  readonly #storeErrors: Record<StoreName, number> = { redis: 0, postgres: 0 };
  readonly #locks: Locks;
  readonly #faults: Faults;
  readonly #pools = new Map<number, PoolState>();

  /** @param readyWorkers tells how many workers take requests at the moment. */
  constructor(settings: WorkerSettings, readyWorkers: () => number) {
    const faults = new Faults(settings.faults);
    this.#faults = faults;
    this.#locks = new Locks(faults.value('lock-short'));
    const admission = new MemoryAdmission(admissionRules(settings, faults));
    const records = new MemoryRecords();
    const store = new ComposedStore(admission, records, null, faults);
    let oneDied = false;
    this.answers = {
      settings: () => settings,
      process: (signal) => store.process(signal),
      claim: (claim) => admission.claim(claim),
      release: (claim) => admission.release(claim).then(() => null),
      append: ({ signal, stored }) => records.append(signal, stored),
      readTotal: (webhook) => records.readTotal(webhook),
      lock: ({ key, id, waits }, workerPid) => this.#locks.lock(key, id, workerPid, waits),
      unlock: ({ key, id }) => {
        this.#locks.unlock(key, id);
        return null;
      },
      mayDie: (key) => {
        const dies = faults.has('lock-kept') || faults.has('worker-dies-holding-lock');
        if (!dies || oneDied || !this.#locks.isWanted(key)) return false;
        oneDied = true;
        return true;
      },
      createWebhook: (webhook) => records.createWebhook(webhook).then(() => null),
      findWebhook: (token) => records.findWebhook(token),
      readSignals: ({ webhook, after, limit }) => records.readSignals(webhook, after, limit),
      counts: () => this.#counts,
      health: () => ({ workers: readyWorkers(), uptimeSeconds: process.uptime() }),
      storeErrors: (store) => this.#storeErrors[store],
      pool: (pool, workerPid) => {
        this.#pools.set(workerPid, pool);
        return this.#allPools();
      },
    };
  }

  note(note: Note, workerPid: number): void {
    if (note.note === 'request') countRequest(this.#counts, note.purpose, note.outcome);
    if (note.note === 'store-error') this.#storeErrors[note.store] += 1;
    if (note.note === 'pool') this.#pools.set(workerPid, note.pool);
  }

  forgetWorker(workerPid: number): void {
    this.#pools.delete(workerPid);
    if (!this.#faults.has('lock-kept')) this.#locks.releaseAllOf(workerPid);
  }

  #allPools(): PoolState {
    const all = { size: 0, inUse: 0, idle: 0, waiting: 0 };
    for (const pool of this.#pools.values()) {
      all.size += pool.size;
      all.inUse += pool.inUse;
      all.idle += pool.idle;
      all.waiting += pool.waiting;
    }
    return all;
  }
}
