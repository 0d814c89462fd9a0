import type { MetricsFailureLine, StoreFailureLine } from '../../contract/journal/journal.ts';
import { isWithoutFigures } from '../../contract/journal/probe-failures.ts';
import { failureWords } from '../../contract/journal/store-failures.ts';
import { unwatchedDatabase, unwatchedWords } from '../../contract/profile/databases.ts';
import { defaultMonitoringPaths } from '../../contract/profile/monitoring-paths.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { statisticsRemedy, unwatchedRemedies } from '../../contract/profile/unwatched-store.ts';
import { readPage } from '../../monitor/metrics/metrics-page.ts';
import { pinnedAgent, type TlsTrust } from '../../monitor/probes/pinned-agent.ts';
import { askHealth, askStatistics } from '../../monitor/probes/probe.ts';
import { storesOf } from '../../monitor/stores/watch-stores.ts';
import type { Environment } from '../environment.ts';
import { urlOnHost } from '../metrics-url.ts';
import { type Check, ok, problem, unknown } from './check.ts';

export interface Asked {
  readonly baseUrl: string;
  readonly address: string;
  readonly trust: TlsTrust | null;
  readonly profile: TargetProfile;
  readonly monitor: Environment['monitor'];
}

export interface StoreFacts {
  readonly checks: readonly Check[];
  readonly asksHealth: boolean;
  readonly seesRedis: boolean;
  readonly seesDatabase: boolean;
  readonly asksRedis: boolean;
  readonly asksDatabase: boolean;
}

/** What the monitor will ask beside the load: health, metrics page, Redis and PostgreSQL. */
export async function checkStores(asked: Asked): Promise<StoreFacts> {
  const [health, metrics, redis, database] = await Promise.all([
    healthCheck(asked),
    metricsCheck(asked),
    storeCheck(asked, 'redis'),
    storeCheck(asked, 'postgres'),
  ]);
  return {
    checks: [health, metrics, redis, database].filter((check) => check !== null),
    asksHealth: health !== null && health.status === 'ok',
    seesRedis: redis === null || redis.status === 'ok',
    seesDatabase: database === null || database.status === 'ok',
    asksRedis: asked.monitor.stores.redis !== null,
    asksDatabase: asked.monitor.stores.postgres !== null,
  };
}

function askedAt({ baseUrl, address, trust, monitor }: Asked, path: string) {
  return { url: baseUrl + path, token: monitor.token, agent: pinnedAgent(new URL(baseUrl), address, trust) };
}

async function healthCheck(asked: Asked): Promise<Check | null> {
  const subject = 'health';
  const path = asked.profile.monitoring.health;
  if (path === null) return null;
  const first = await askHealth(askedAt(asked, path));
  // As the monitor does it: only a path that was chosen is held to.
  const [result, at] =
    first.state === 'unavailable' && path === defaultMonitoringPaths.health
      ? [await askHealth(askedAt(asked, '/health')), '/health']
      : [first, path];
  if (result.state === 'ok') return ok(subject, `GET ${at}: ${result.latencyMs.toFixed(0)} ms`);
  const remedy = 'name its path in monitoring.health of the profile, null for none';
  if (result.state === 'unavailable') return unknown(subject, `GET ${path} answered 404`, remedy);
  const isDenied = result.status === 401 || result.status === 403;
  return problem(subject, `GET ${at}: ${result.reason}`, isDenied ? 'set MONITORING_TOKEN' : remedy, false);
}

const pageWords: Readonly<Record<MetricsFailureLine['failure'], string>> = {
  refused: 'refused the connection: nobody listens',
  timeout: 'did not answer in time',
  broken: 'ended the connection',
  unresolved: 'has a host name that does not resolve',
  status: 'answered',
  'too-long': 'is longer than the monitor reads',
  'no-figures': 'holds no figures of a runtime that are known (process_, python_, nodejs_, go_, jvm_, dotnet_)',
  tls: 'could not be spoken to by TLS',
  other: 'could not be read',
};

async function metricsCheck({ baseUrl, address, trust, profile, monitor }: Asked): Promise<Check | null> {
  const subject = 'metrics page';
  const { metrics } = profile.monitoring;
  if (metrics === null) {
    const remedy = 'name it in monitoring.metrics of the profile: the heap tells a leak from a lazy collector';
    return unknown(subject, 'the profile names none', remedy);
  }
  const url = urlOnHost(metrics, baseUrl, 'monitoring.metrics');
  if ('problem' in url) return problem(subject, url.problem, 'correct it in the profile');
  const look = await readPage(url.value, monitor.token, pinnedAgent(new URL(url.value), address, trust));
  if (look.metrics === 'page') {
    const heaps = look.processes.length === 1 ? '1 process' : `${look.processes.length} processes`;
    return ok(subject, `${metrics}: figures of ${heaps}`);
  }
  const code = look.code === null ? '' : ` (${look.code})`;
  const remedy =
    look.code === '401' || look.code === '403' ? 'set MONITORING_TOKEN' : 'correct monitoring.metrics, null for none';
  return problem(subject, `${metrics} ${pageWords[look.failure]}${code}`, remedy, false);
}

const storeNames = {
  redis: { subject: 'Redis', variable: 'MONITOR_REDIS_URL', field: 'redis' },
  postgres: { subject: 'database', variable: 'MONITOR_POSTGRES_URL', field: 'database' },
} as const;

const storeRemedies: Readonly<Partial<Record<StoreFailureLine['failure'], string>>> = {
  denied: 'correct user and password in',
  unresolved: 'correct the host in',
  tls: 'correct the scheme or the certificate of',
  timeout: 'is it blocked, or is that another address? See',
};

/** Null where there is no such store. */
async function storeCheck(asked: Asked, name: 'redis' | 'postgres'): Promise<Check | null> {
  const { subject, variable, field } = storeNames[name];
  const { profile, monitor } = asked;
  const url = monitor.stores[name];
  if (url === null) return profile[field] === 'none' ? null : storeByUrl(asked, name);
  const [store] = await storesOf({ redis: null, postgres: null, [name]: url });
  if (store === undefined) return null;
  const look = await store.look();
  store.close();
  if ('failure' in look) {
    const what = storeRemedies[look.failure] ?? 'start it, or correct or unset';
    return problem(subject, `${subject} ${failureWords(look)}`, `${what} ${variable}`);
  }
  const unseen = 'unseen' in look && look.unseen.length > 0 ? `; not seen: ${look.unseen.join('; ')}` : '';
  return ok(subject, `${variable}: answers in ${'latencyMs' in look ? look.latencyMs.toFixed(1) : '?'} ms${unseen}`);
}

/** What the server itself tells of a store. */
async function storeByUrl(asked: Asked, name: 'redis' | 'postgres'): Promise<Check> {
  const { subject, field } = storeNames[name];
  const path = asked.profile.monitoring[field];
  const result = path === null ? null : await askStatistics(askedAt(asked, path));
  if (result?.state === 'ok') return ok(subject, `the server tells its statistics (${path})`);
  const unwatched = name === 'postgres' ? unwatchedDatabase(asked.profile.database) : null;
  if (unwatched !== null)
    return ok(subject, `${unwatchedWords(unwatched)}: lines of the server's log alone tell of it`);
  const why = result === null || result.state === 'unavailable' ? '' : ` (${path}: ${result.reason})`;
  const isWithout = result?.state === 'failed' && isWithoutFigures(result);
  const route = isWithout ? `; if the server tells statistics, ${statisticsRemedy(field, result.status)}` : '';
  return unknown(subject, `not monitored${why}`, `${unwatchedRemedies[field]}${route}`);
}
