import type { LogTroubleKind, LogTroubleLine } from '../../contract/journal/journal.ts';
import { mayHoldTrouble, type StorePorts, troubleIn } from '../probes/log-troubles.ts';
import type { StoreUrls } from './watch-stores.ts';

/** Those of PostgreSQL, MySQL, SQL Server, Oracle and MongoDB: for what the log says, a database is a database. */
const usualPorts: StorePorts = { redis: [6379], postgres: [5432, 3306, 1433, 1521, 27017] };

/** Counts lines of the server's log that tell of trouble with its stores, by kind. */
export class StoreLog {
  readonly #ports: StorePorts;
  readonly #lines = new Map<LogTroubleKind, number>();

  constructor({ redis, postgres }: StoreUrls) {
    this.#ports = {
      redis: [...usualPorts.redis, ...portOf(redis)],
      postgres: [...usualPorts.postgres, ...portOf(postgres)],
    };
  }

  /** @param text whole lines. */
  read(text: string): void {
    if (!mayHoldTrouble(text)) return;
    for (const line of text.split('\n')) {
      const trouble = mayHoldTrouble(line) ? troubleIn(line, this.#ports) : null;
      if (trouble !== null) this.#lines.set(trouble, (this.#lines.get(trouble) ?? 0) + 1);
    }
  }

  /** What was counted since the last call. */
  taken(atUs: number): readonly LogTroubleLine[] {
    const found = [...this.#lines].map(([trouble, lines]) => ({ atUs, trouble, lines }));
    this.#lines.clear();
    return found;
  }
}

function portOf(url: string | null): readonly number[] {
  if (url === null || !URL.canParse(url)) return [];
  const { port } = new URL(url);
  return port === '' ? [] : [Number(port)];
}
