import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from './app.ts';
import type { FaultName } from './fault-table.ts';
import { Faults } from './faults.ts';
import { log, messageOf } from './log.ts';
import type { WorkerSettings } from './settings.ts';
import { admissionRules } from './store/admission-rules.ts';
import { ComposedStore } from './store/composed-store.ts';
import { InterruptedStore } from './store/interrupted-store.ts';
import { LostRedisAdmission } from './store/lost-redis.ts';
import type { PostgresRecords } from './store/postgres-records.ts';
import type { RedisAdmission } from './store/redis-admission.ts';
import { LockedAdmission, StagedAdmission } from './store/staged-admission.ts';
import type { Admission, Store } from './store/store.ts';
import { SupervisorStore } from './store/supervisor-store.ts';
import { SupervisorLink } from './supervisor-link.ts';

/** How long a worker that leaves gently asks its clients to connect anew before it closes idle connections itself. */
const handOverMs = 1000;

/** Connections still open by then are cut; less than what the supervisor waits before it kills. */
const maxDrainMs = 5000;

const poolReportMs = 200;

/**
 * Runs one worker until its supervisor wants it to leave; returns the exit code. Node ends a cluster worker by itself when
 * its supervisor has ended.
 */
export async function runWorker(): Promise<number> {
  // Signals of a terminal reach the whole group: what to do about them is the supervisor's decision.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

  let isLeaving = false;
  let leave: (gently: boolean) => void = () => {};
  const toldToLeave = new Promise<boolean>((resolve) => {
    leave = resolve;
  });
  const link = new SupervisorLink(leave);

  const settings = await link.ask('settings', null);
  const { store, redis, postgres } = await openStores(settings, link);
  const app = buildApp({ settings, link, store, redis, postgres, isLeaving: () => isLeaving });
  try {
    await app.listen({ host: settings.host, port: settings.port });
  } catch (error) {
    const portInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    link.tell({ note: 'cannot-start', reason: messageOf(error), portInUse });
    await Promise.all([redis?.close(), postgres?.close()]);
    cluster.worker?.disconnect();
    return 1;
  }
  link.tell({ note: 'listening', port: settings.port });
  const poolReports =
    postgres === null ? null : setInterval(() => link.tell({ note: 'pool', pool: postgres.pool() }), poolReportMs);

  const gently = await toldToLeave;
  isLeaving = true;
  if (gently) await sleep(handOverMs);
  const cutOff = setTimeout(() => app.server.closeAllConnections(), maxDrainMs);
  await app.close();
  clearTimeout(cutOff);
  if (poolReports !== null) clearInterval(poolReports);
  await Promise.all([redis?.close(), postgres?.close()]);
  cluster.worker?.disconnect();
  return 0;
}

async function openStores(settings: WorkerSettings, link: SupervisorLink) {
  const faults = new Faults(settings.faults);
  const onError = (store: 'redis' | 'postgres') => (message: string) => {
    log('error', message);
    link.tell({ note: 'store-error', store });
  };
  const rules = admissionRules(settings, faults);
  const ignoresPostgres = anyOf(faults, 'redis-loss-open', 'redis-loss-closed', 'redis-loss-forgets');
  const hasFallback = settings.redisUrl !== null && settings.postgresUrl !== null && !ignoresPostgres;
  // Only who uses a store loads its client, which takes as long as all else.
  let redis: RedisAdmission | null = null;
  if (settings.redisUrl !== null) {
    const { RedisAdmission, timeouts } = await import('./store/redis-admission.ts');
    redis = await RedisAdmission.open(settings.redisUrl, {
      settings,
      rules,
      timeouts: hasFallback ? timeouts.withFallback : timeouts.alone,
      onError: onError('redis'),
    });
  }
  let postgres: PostgresRecords | null = null;
  if (settings.postgresUrl !== null) {
    const { PostgresRecords } = await import('./store/postgres-records.ts');
    postgres = new PostgresRecords(settings.postgresUrl, onError('postgres'));
  }
  const inSupervisor = new SupervisorStore(link);

  let admission: Admission = redis ?? inSupervisor;
  if (ignoresPostgres) admission = new LostRedisAdmission(admission, rules, faults);
  if (anyOf(faults, 'limiter-race', 'idempotency-race')) admission = new StagedAdmission(admission, faults);
  if (anyOf(faults, 'lock-short', 'lock-kept', 'worker-dies-holding-lock')) {
    admission = new LockedAdmission(admission, faults, link);
  }
  if (
    anyOf(
      faults,
      'key-after-effect',
      'abort-before-key',
      'key-kept-after-abort',
      'key-before-check',
      'abort-before-effect',
      'error-after-effect',
      'answers-pending',
      'pending-kept',
    )
  ) {
    const store = new InterruptedStore(admission, postgres ?? inSupervisor, faults, link);
    return { store, redis, postgres };
  }
  const inOneStep = redis === null && postgres === null && admission === inSupervisor && !faults.has('counter-lost');
  const fallback =
    hasFallback && postgres !== null
      ? new (await import('./store/postgres-admission.ts')).PostgresAdmission(postgres, rules)
      : null;
  const store: Store = inOneStep
    ? inSupervisor
    : new ComposedStore(admission, postgres ?? inSupervisor, fallback, faults);
  return { store, redis, postgres };
}

function anyOf(faults: Faults, ...names: readonly FaultName[]): boolean {
  return names.some((name) => faults.has(name));
}
