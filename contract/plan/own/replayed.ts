import type { ReplaySchedule } from '../plan.ts';
import type { SignalContent } from '../signal-content.ts';
import type { RecordedSignal } from './recorded-signals.ts';

export interface Replayed {
  readonly timesMs: readonly number[];
  /** Which signal each row is; undefined if each is one of its own. */
  readonly signals: ReplaySchedule['signals'];
  /** How many signals there are. */
  readonly count: number;
  readonly content: SignalContent | undefined;
  readonly problems: readonly string[];
}

/** Recorded rows as signals: rows of one id are one. */
export function replayed(rows: readonly RecordedSignal[], speed: number, file: string): Replayed {
  const firstMs = rows[0]?.atMs ?? 0;
  const numbers = new Map<string, number>();
  const firsts: RecordedSignal[] = [];
  const problems: string[] = [];
  const signals = rows.map((row) => {
    const known = row.id === null ? undefined : numbers.get(row.id);
    if (known !== undefined) {
      const first = firsts[known];
      if (first !== undefined && differs(first, row)) problems.push(row.id ?? '');
      return known;
    }
    firsts.push(row);
    if (row.id !== null) numbers.set(row.id, firsts.length - 1);
    return firsts.length - 1;
  });
  return {
    timesMs: rows.map(({ atMs }) => Number(((atMs - firstMs) / speed).toFixed(1))),
    signals: firsts.length === rows.length ? undefined : signals,
    count: firsts.length,
    content: contentOf(firsts),
    problems:
      problems.length === 0
        ? []
        : [`${file}: rows with the id "${problems[0]}" differ in what they hold: one id stands for one signal`],
  };
}

const held = ['action', 'ticker', 'quantity', 'price'] as const;

const differs = (a: RecordedSignal, b: RecordedSignal): boolean => held.some((name) => a[name] !== b[name]);

/** A column that some row leaves empty is made up, for all of them. */
function columnOf<T>(rows: readonly RecordedSignal[], of: (row: RecordedSignal) => T | null): readonly T[] | undefined {
  const values = rows.flatMap((row) => of(row) ?? []);
  return values.length === rows.length && values.length > 0 ? values : undefined;
}

function contentOf(rows: readonly RecordedSignal[]): SignalContent | undefined {
  const columns = {
    actions: columnOf(rows, ({ action }) => action),
    tickers: columnOf(rows, ({ ticker }) => ticker),
    quantities: columnOf(rows, ({ quantity }) => quantity),
    prices: columnOf(rows, ({ price }) => price),
  };
  const known = Object.entries(columns).filter(([, values]) => values !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
