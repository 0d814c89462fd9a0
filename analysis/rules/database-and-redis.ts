import type { StoreName } from '../../contract/journal/journal.ts';
import { unwatchedDatabase, unwatchedWords } from '../../contract/profile/databases.ts';
import { unwatchedRemedies } from '../../contract/profile/unwatched-store.ts';
import { worst } from '../../contract/report/criteria.ts';
import { plainPercent } from '../../contract/report/figures.ts';
import { type Run, viewOf } from '../interpret/run.ts';
import { judgeAsked } from '../stores/asked.ts';
import { eachMonitor } from '../stores/each-monitor.ts';
import { type JudgedStore, names } from '../stores/judged-store.ts';
import { judgeLogged } from '../stores/logged.ts';
import { judgeRoutes, whyNoStatistics } from '../stores/routes.ts';
import { storeAdvice, storeAdviceOn } from './database-and-redis-advice.ts';
import { absent, undecidable } from './foreseen.ts';
import { monitorFiles, type Rule } from './rule.ts';

const notJudged = (unwatched: string | null): readonly string[] =>
  unwatched === null
    ? []
    : [
        `database: not judged of ${unwatched}: outages, restarts, slow answers, locks and pools, unless a line of the server's log or its own statistics tell`,
      ];

/** What a monitor was answered in place of a store's statistics; null if nothing, or that there are none. */
function answeredInstead(run: Run, store: StoreName): string | null {
  const views = run.servers.map((server) => viewOf(run, server));
  return views.map((view) => whyNoStatistics(view, store)).find((why) => why !== null) ?? null;
}

function judgeStore(run: Run, store: StoreName): JudgedStore {
  const name = names[store];
  const declared = run.manifest.profile[store === 'redis' ? 'redis' : 'database'];
  const unwatched = store === 'postgres' ? unwatchedDatabase(run.manifest.profile.database) : null;
  const judged = eachMonitor(run, (view) => {
    const found = [judgeAsked(view, store), judgeLogged(view, store)].flatMap((one) => one ?? []);
    const route = declared === 'none' ? null : judgeRoutes(view, store);
    return route === null ? found : [...found, route];
  });
  const why = declared === 'none' ? null : answeredInstead(run, store);
  if (judged.length > 0) {
    return {
      status: worst(judged.map(({ status }) => status)),
      summary: `${name}: ${judged.map(({ summary }) => summary).join('; ')}`,
      measures: judged.flatMap(({ measures }) => measures),
      evidence: [
        ...judged.flatMap(({ evidence }) => evidence),
        ...(why === null ? [] : [`${name}: ${why}`]),
        ...notJudged(unwatched),
      ],
      faults: judged.flatMap(({ status, faults = [] }) => (status === 'fail' || status === 'warn' ? faults : [])),
    };
  }
  if (unwatched !== null) {
    const summary = `${name}: ${unwatchedWords(unwatched)}`;
    return { status: 'not-applicable', summary, measures: [], evidence: notJudged(unwatched) };
  }
  const nothing = { measures: [], evidence: [] };
  if (declared === 'none') return { status: 'not-applicable', summary: `${name}: declared absent`, ...nothing };
  const field = store === 'redis' ? 'redis' : 'database';
  const isWithout = run.servers.some(({ samples }) => samples.flatMap((sample) => sample[field] ?? []).length > 0);
  const told = why ?? (isWithout ? 'the server tells no such statistics' : null);
  const unseen = told === null ? 'not monitored' : `not monitored, and ${told}`;
  return { status: 'inconclusive', summary: `${name}: ${unseen} (${unwatchedRemedies[field]})`, ...nothing };
}

export const databaseAndRedis: Rule<'database-and-redis'> = {
  id: 'database-and-redis',
  title: 'Database and Redis',
  question: 'Did the database and Redis stay healthy?',
  evidence:
    "what Redis and PostgreSQL say themselves once a second (MONITOR_REDIS_URL, MONITOR_POSTGRES_URL), probes of the server's own statistics, and the server's log, while it ran",
  thresholds: ({ pool, storeResponse, lockWait }) => ({
    pass: 'no error, pool never near exhaustion',
    warn: `≥ ${plainPercent(pool.nearExhaustion)} of the pool in use at two probes in a row, no connection or memory left, keys evicted, answers > ${storeResponse.warnMs} ms, sessions left idle in transaction, locks waited for > ${lockWait.warnMs} ms`,
    fail: `errors, outages, restarts, deadlocks, what was refused, answers > ${storeResponse.failMs} ms, locks waited for > ${lockWait.failMs} ms`,
  }),
  faults: [
    'failed probes',
    'errors',
    'pool near exhaustion',
    'stopped',
    'restarted',
    'slow',
    'full',
    'refused',
    'deadlocks',
    'long waits for locks',
    'sessions left open',
    'evicted state',
  ],
  advice: storeAdvice,
  scenarios: null,
  foretold({ profile, seesRedis, seesDatabase, asksRedis, asksDatabase }) {
    const unwatched = unwatchedDatabase(profile.database);
    const isAsked = asksRedis || asksDatabase;
    if (!isAsked && profile.redis === 'none') {
      if (unwatched !== null) return absent(unwatchedWords(unwatched));
      if (profile.database === 'none') return absent('both are declared absent');
    }
    const unseen = [...(seesRedis ? [] : ['Redis']), ...(seesDatabase ? [] : ['the database'])];
    return unseen.length === 0 ? null : undecidable(`not monitored: ${unseen.join(' and ')}`);
  },
  readsLog: true,
  needsPlan: 'most',
  needs: monitorFiles,
  judge(run) {
    const stores = [judgeStore(run, 'redis'), judgeStore(run, 'postgres')];
    const byWeight = stores.toSorted((a, b) => Number(b.status === 'fail') - Number(a.status === 'fail'));
    return {
      advice: storeAdviceOn(byWeight.flatMap(({ faults = [] }) => faults)),
      status: worst(stores.map(({ status }) => status)),
      summary: stores.map(({ summary }) => summary).join('; '),
      measures: stores.flatMap(({ measures }) => measures),
      evidence: stores.flatMap(({ evidence }) => evidence),
    };
  },
};
