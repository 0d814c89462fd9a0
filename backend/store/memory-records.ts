import type { ProcessedSignal, ReceivedSignal, Records, SignalPage, Stored, Webhook } from './store.ts';

/** Signals kept per webhook; when there are more, the oldest tenth goes. */
const maxSignals = 200_000;

interface History {
  readonly signals: ProcessedSignal[];
  lastSequence: number;
  total: number;
}

/** Lives in the supervisor. */
export class MemoryRecords implements Records {
  readonly #webhooks = new Map<string, { readonly webhook: Webhook; readonly history: History }>();
  /** Each message brings its own copy of a ticker's text; one for all keeps history small. */
  readonly #tickers = new Map<string, string>();

  async createWebhook(webhook: Webhook): Promise<void> {
    this.#webhooks.set(webhook.token, { webhook, history: { signals: [], lastSequence: 0, total: 0 } });
  }

  async findWebhook(token: string): Promise<Webhook | null> {
    return this.#webhooks.get(token)?.webhook ?? null;
  }

  async append(signal: ReceivedSignal, { total }: Pick<Stored, 'total'>): Promise<boolean> {
    const history = this.#historyOf(signal.webhook);
    history.lastSequence += 1;
    history.total = total ?? history.total + 1;
    history.signals.push({
      sequence: history.lastSequence,
      signal_id: signal.signalId,
      action: signal.action === 'BUY' ? 'BUY' : 'SELL',
      ticker: this.#oneCopy(signal.ticker),
      quantity: signal.quantity,
      price: signal.price,
      processed_at_us: Math.round((performance.timeOrigin + performance.now()) * 1000),
    });
    if (history.signals.length > maxSignals) history.signals.splice(0, maxSignals / 10);
    return true;
  }

  async readTotal(webhook: string): Promise<number> {
    return this.#historyOf(webhook).total;
  }

  async readSignals(webhook: string, after: number, limit: number): Promise<SignalPage> {
    const { signals, lastSequence, total } = this.#historyOf(webhook);
    const start = Math.max(0, after - (lastSequence - signals.length));
    const page = signals.slice(start, start + limit);
    const last = page.at(-1);
    return { signals: page, next: last !== undefined && last.sequence < lastSequence ? last.sequence : null, total };
  }

  #historyOf(token: string): History {
    const found = this.#webhooks.get(token);
    if (found === undefined) throw new Error('a signal reached a webhook that does not exist');
    return found.history;
  }

  #oneCopy(ticker: string): string {
    if (this.#tickers.size >= 1000) this.#tickers.clear();
    const known = this.#tickers.get(ticker);
    if (known !== undefined) return known;
    this.#tickers.set(ticker, ticker);
    return ticker;
  }
}
