import type {
  LogTroubleLine,
  PostgresLookLine,
  RedisLookLine,
  StoreFailureLine,
} from '../../contract/journal/journal.ts';
import { logTrouble, postgresLook, redisLook, storeFailure } from '../../contract/journal/store-lines.ts';
import type { Fields } from './fields.ts';

/** What a monitor saw of the stores behind the server, in order of time. */
export interface StoreTimeline {
  /** What Redis and PostgreSQL said when the monitor asked them itself. */
  readonly redis: readonly (RedisLookLine | StoreFailureLine)[];
  readonly postgres: readonly (PostgresLookLine | StoreFailureLine)[];
  /** What the server's log says of them. */
  readonly log: readonly LogTroubleLine[];
}

export const noStores: StoreTimeline = { redis: [], postgres: [], log: [] };

/** A log that tells of trouble all day long: what came later adds to the last of its kind. */
const maxLogLines = 10_000;

export class StoreLines implements StoreTimeline {
  readonly redis: (RedisLookLine | StoreFailureLine)[] = [];
  readonly postgres: (PostgresLookLine | StoreFailureLine)[] = [];
  readonly log: LogTroubleLine[] = [];

  /** @returns what is wrong with the line, or null. */
  add(line: Fields): string | null {
    if ('trouble' in line) {
      const { success, data } = logTrouble.safeParse(line);
      if (success) this.addLog(data);
      return success ? null : 'a trouble of another shape';
    }
    if ('failure' in line) {
      const { success, data } = storeFailure.safeParse(line);
      if (success) this[data.store].push(data);
      return success ? null : 'a failed look of another shape';
    }
    const redis = redisLook.safeParse(line);
    if (redis.success) this.redis.push(redis.data);
    const postgres = redis.success ? null : postgresLook.safeParse(line);
    if (postgres?.success) this.postgres.push(postgres.data);
    return redis.success || postgres?.success ? null : 'a look at a store of another shape';
  }

  private addLog(line: LogTroubleLine): void {
    const last = this.log.length < maxLogLines ? -1 : this.log.findLastIndex(({ trouble }) => trouble === line.trouble);
    const same = this.log[last];
    if (same === undefined) this.log.push(line);
    else this.log[last] = { ...same, lines: same.lines + line.lines };
  }
}
