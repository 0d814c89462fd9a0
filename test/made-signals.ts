import { plannedSignal } from '../contract/plan/made-signal.ts';
import type { SignalContent } from '../contract/plan/signal-content.ts';
import { makeSignalId, numberOf, uuidOf } from '../contract/plan/signal-id.ts';

const contents: readonly (SignalContent | undefined)[] = [
  undefined,
  {
    actions: ['SELL', 'BUY', 'BUY'],
    tickers: ['A"B', 'ü'],
    quantities: [0.1, 1e21, 12345678.9],
    prices: [1e-7, 100, 0.30000000000000004],
  },
];

/** Signals as the bundles make them, for the Go executor to make the same: k6/plan/made_signal_test.go reads them. */
export function madeSignalsText(): string {
  const rows = contents.flatMap((content) =>
    ['', 's', 'C'].flatMap((code) =>
      [0, 1, 2, 3, 7, 99, 100_000, 100_013, 1_234_567].map((n) => {
        const first = n >= 100_000 ? 100_000 : 0;
        const id = makeSignalId({ runTag: 'mwwc5zft6glv08', code, n });
        const { action, ticker, quantity, price } = plannedSignal({ first, ...(content && { content }) }, n, id);
        const words = {
          id,
          number: String(numberOf(id)),
          action,
          ticker,
          quantity: String(quantity),
          price: String(price),
        };
        return JSON.stringify({ code, first, n, content: content ?? {}, ...words });
      }),
    ),
  );
  return `${rows.join('\n')}\n`;
}

/** Of tags as runs have them, at the ends of what they hold, and of somebody's own; of the first and the last signals. */
const tags = ['mwwc5zft6glv08', 'mwwc5zft0', '00000000hra0hr', 'zzzzzzzzzzzzzz', 'mwwc5zft01', 'k3f9', 'a-b', 'CI #7'];

/** Ids and their UUIDs as the bundles make them, for the Go sender to make the same: k6/sender/uuid_test.go reads them. */
export function madeUuidsText(): string {
  const rows = tags.flatMap((runTag) =>
    ['', 'a', 'z', 'A', 'Z'].flatMap((code) =>
      [0, 1, 99, 2 ** 23, 2 ** 32, 2 ** 40 + 7, 2 ** 44 - 1].map((n) => {
        const id = makeSignalId({ runTag, code, n });
        return JSON.stringify({ id, uuid: uuidOf(id) });
      }),
    ),
  );
  return `${rows.join('\n')}\n`;
}
