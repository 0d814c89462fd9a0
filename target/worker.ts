import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from './app.ts';
import { Faults } from './faults.ts';
import { log, messageOf } from './log.ts';
import type { WorkerSettings } from './settings.ts';
import { ComposedStore } from './store/composed-store.ts';
import { PostgresRecords } from './store/postgres-records.ts';
import { RedisAdmission } from './store/redis-admission.ts';
import type { Store } from './store/store.ts';
import { SupervisorStore } from './store/supervisor-store.ts';
import { SupervisorLink } from './supervisor-link.ts';

/** How long a worker that leaves gently asks its clients to connect anew before it closes idle connections itself. */
const handOverMs = 1000;

/** Connections still open by then are cut; less than what the supervisor waits before it kills. */
const mostDrainMs = 5000;

const poolReportMs = 200;

/**
 * Runs one worker until its supervisor wants it to leave; returns the exit code. Node ends a cluster worker by itself when
 * its supervisor is gone.
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
  const cutOff = setTimeout(() => app.server.closeAllConnections(), mostDrainMs);
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
  const redis =
    settings.redisUrl === null
      ? null
      : await RedisAdmission.open(settings.redisUrl, settings, faults, onError('redis'));
  const postgres =
    settings.postgresUrl === null ? null : new PostgresRecords(settings.postgresUrl, onError('postgres'));
  const inSupervisor = new SupervisorStore(link);
  const store: Store =
    redis === null && postgres === null
      ? inSupervisor
      : new ComposedStore(redis ?? inSupervisor, postgres ?? inSupervisor, faults);
  return { store, redis, postgres };
}
