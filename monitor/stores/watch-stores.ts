import type { StoreLine } from '../../contract/journal/journal.ts';
import type { RunClock } from '../clock.ts';
import { ticks } from '../schedule.ts';
import type { Store } from './store.ts';

/** Secrets. Null: the monitor does not ask this store. */
export interface StoreUrls {
  readonly redis: string | null;
  readonly postgres: string | null;
}

export interface LookTimes {
  readonly clock: RunClock;
  readonly stop: AbortSignal;
  /** By default a second. */
  readonly everyMs?: number;
}

const lookEveryMs = 1000;
/** After failed looks: a store that is down is not pressed, and one that refuses our password might lock the user out. */
const longestPauseLooks = { denied: 30, other: 2 } as const;
/** What a look at the end may take: the run waits for it. */
const lastLookMs = 1000;
/** A look that the end cuts off tells of a store that hangs if it was waited for so long. */
const tellingMs = 2000;

/** A monitor that asks no store loads no client of one. */
export async function storesOf({ redis, postgres }: StoreUrls): Promise<readonly Store[]> {
  return [
    ...(redis === null ? [] : [new (await import('./redis-store.ts')).RedisStore(redis)]),
    ...(postgres === null ? [] : [new (await import('./postgres-store.ts')).PostgresStore(postgres)]),
  ];
}

/**
 * Looks at each store once a second until `stop` aborts, and once more then, beside everything else that the monitor does: a store that
 * hangs delays nothing but its own next look. Resolves when the last look was told.
 */
export async function watchStores(urls: StoreUrls, time: LookTimes, onLine: (line: StoreLine) => void): Promise<void> {
  const stores = await storesOf(urls);
  await Promise.all(stores.map((store) => watch(store, time, onLine)));
}

async function watch(
  store: Store,
  { clock, stop, everyMs = lookEveryMs }: LookTimes,
  onLine: (line: StoreLine) => void,
): Promise<void> {
  let failures = 0;
  let pause = 0;
  let timer: NodeJS.Timeout | undefined;
  let isTooLate = false;
  let giveUp = (): void => {};
  const waitAtTheEnd = (): void => {
    timer = setTimeout(() => {
      isTooLate = true;
      giveUp();
    }, lastLookMs);
  };
  if (stop.aborted) waitAtTheEnd();
  else stop.addEventListener('abort', waitAtTheEnd);
  /** Null if it took too long at the end. A race with one promise of the whole run would keep every look. */
  function answer(): Promise<Awaited<ReturnType<Store['look']>> | null> {
    return new Promise((resolve, reject) => {
      giveUp = () => resolve(null);
      if (isTooLate) giveUp();
      store.look().then(resolve, reject);
    });
  }
  async function look(): Promise<boolean> {
    const atUs = clock.nowUs();
    const told = await answer();
    const tookMs = Math.round((clock.nowUs() - atUs) / 1000);
    if (told === null) {
      if (tookMs >= tellingMs) onLine({ store: store.name, atUs, failure: 'timeout', code: null, tookMs });
      return false;
    }
    const isFailed = 'failure' in told;
    failures = isFailed ? failures + 1 : 0;
    pause = isFailed ? Math.min(failures, longestPauseLooks[told.failure === 'denied' ? 'denied' : 'other']) - 1 : 0;
    onLine({ ...told, atUs });
    return true;
  }
  let isAnswered = true;
  for await (const _ of ticks(everyMs, stop)) {
    if (stop.aborted) break;
    if (pause > 0) pause -= 1;
    else isAnswered = await look();
  }
  if (isAnswered) await look();
  clearTimeout(timer);
  store.close();
}
