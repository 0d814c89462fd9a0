import type {
  AlertLine,
  LogTroubleLine,
  PostgresLookLine,
  RedisLookLine,
  StoreFailureLine,
  StoreLine,
  StoreName,
} from '../../contract/journal/journal.ts';
import { logTroubleTable } from '../../contract/journal/log-troubles.ts';
import { failureWords } from '../../contract/journal/store-failures.ts';
import {
  postgresTroubles,
  redisTroubles,
  type Trouble,
  type TroubleKind,
  type TroubleThresholds,
  troubleTable,
} from '../../contract/journal/store-troubles.ts';

const names: Readonly<Record<StoreName, string>> = { redis: 'Redis', postgres: 'PostgreSQL' };
const failedKinds = { redis: 'redis-failed', postgres: 'database-failed' } as const;
const troubleKinds = { redis: 'redis-trouble', postgres: 'database-trouble' } as const;

/** Turns looks into alerts, one when a trouble begins and none while it lasts. */
export class StoreAlerts {
  readonly #thresholds: TroubleThresholds;
  readonly #failing = new Set<StoreName>();
  readonly #active: Record<StoreName, ReadonlySet<TroubleKind>> = { redis: new Set(), postgres: new Set() };
  readonly #inLog = new Set<LogTroubleLine['trouble']>();
  #redis: RedisLookLine | null = null;
  #postgres: PostgresLookLine | null = null;

  constructor(thresholds: TroubleThresholds) {
    this.#thresholds = thresholds;
  }

  add(line: StoreLine): readonly AlertLine[] {
    if ('failure' in line) return this.#failed(line);
    this.#failing.delete(line.store);
    const found =
      line.store === 'redis'
        ? redisTroubles(this.#redis, line, this.#thresholds)
        : postgresTroubles(this.#postgres, line, this.#thresholds);
    if (line.store === 'redis') this.#redis = line;
    else this.#postgres = line;
    const before = this.#active[line.store];
    this.#active[line.store] = new Set(found.map(({ kind }) => kind));
    return found
      .filter(({ kind }) => !before.has(kind))
      .map((trouble) => ({ atUs: line.atUs, alert: troubleKinds[line.store], message: messageOf(trouble) }));
  }

  /** Once a kind in a run: how many lines there were is for the report. */
  ofLog({ atUs, trouble }: LogTroubleLine): readonly AlertLine[] {
    if (this.#inLog.has(trouble)) return [];
    this.#inLog.add(trouble);
    return [{ atUs, alert: 'store-log', message: `the server's log: ${logTroubleTable[trouble].words}` }];
  }

  #failed(line: StoreFailureLine): readonly AlertLine[] {
    if (this.#failing.has(line.store)) return [];
    this.#failing.add(line.store);
    return [{ atUs: line.atUs, alert: failedKinds[line.store], message: `${names[line.store]} ${failureWords(line)}` }];
  }
}

const messageOf = ({ kind, amount }: Trouble): string =>
  `${names[troubleTable[kind].store]} ${troubleTable[kind].words(amount)}`;
