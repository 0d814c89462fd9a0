import type { AlertLine } from '../../contract/journal/journal.ts';
import type { RunClock } from '../clock.ts';
import type { Sink } from '../sinks/sink.ts';
import type { StoreAlerts } from './store-alerts.ts';
import { StoreLog } from './store-log.ts';
import { type StoreUrls, watchStores } from './watch-stores.ts';

interface Parts {
  readonly stores: StoreUrls;
  readonly alerts: StoreAlerts;
  readonly sink: Sink;
  raise(alerts: readonly AlertLine[]): void;
}

/** All that the monitor does about the server's stores, told to the sink: it asks them, and reads of them in the server's log. */
export class StoreMonitor {
  readonly #parts: Parts;
  readonly #log: StoreLog;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#log = new StoreLog(parts.stores);
  }

  /** Looks until `stop` aborts; resolves when the last look was told. */
  watch(clock: RunClock, stop: AbortSignal): Promise<void> {
    const { stores, sink, alerts, raise } = this.#parts;
    return watchStores(stores, { clock, stop }, (line) => {
      sink.store(line);
      raise(alerts.add(line));
    });
  }

  /** @param text new lines of the server's log. */
  readLog(text: string): void {
    this.#log.read(text);
  }

  /** Tells what was read since the last call. */
  tellLog(atUs: number): void {
    const { sink, alerts, raise } = this.#parts;
    for (const line of this.#log.taken(atUs)) {
      sink.store(line);
      raise(alerts.ofLog(line));
    }
  }
}
