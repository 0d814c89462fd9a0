import { mergedSpans, touchesSpan } from '../interpret/spans.ts';
import { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import type { Span } from '../journal/timeline.ts';

/** Around what failed, so that it is seen when requests succeeded again. */
const aroundUs = 2_000_000;
/** A hundred megabytes of rows would be too many, and more say nothing new. */
const maxRows = 200_000;
/** Of each piece, for the picture of the slowest. */
const slowestRows = 12;

/**
 * The rows of a long ledger that may matter one by one: what was not accepted, with what came around it; the slowest; and all
 * that fell into times at which something was seen of the server.
 */
export class RowsKept {
  readonly ledger = new Ledger();
  leftOut = 0;
  private readonly spans: readonly Span[];

  constructor(spans: readonly Span[]) {
    this.spans = mergedSpans(spans);
  }

  add(piece: Ledger): void {
    const isPlain = (at: number): boolean => piece.outcomeOf(at) === 'accepted' || !piece.isSignal(at);
    const odd: Span[] = [];
    for (let at = 0; at < piece.length; at += 1) {
      if (!isPlain(at)) odd.push({ fromUs: piece.notedSendUs(at) - aroundUs, toUs: piece.notedEndUs(at) + aroundUs });
    }
    const near = mergedSpans([...odd, ...this.spans]);
    const slow = slowestOf(piece);
    const rows: number[] = [];
    for (let at = 0; at < piece.length; at += 1) {
      const isKept = !isPlain(at) || slow.has(at) || touchesSpan(near, piece.notedSendUs(at), piece.notedEndUs(at));
      if (isKept) rows.push(at);
    }
    this.copy(piece, rows.length <= this.room ? rows : this.fewer(rows, isPlain));
  }

  private get room(): number {
    return maxRows - this.ledger.length;
  }

  /** What failed comes first. */
  private fewer(rows: readonly number[], isPlain: (at: number) => boolean): readonly number[] {
    const kept = rows.filter((at) => !isPlain(at)).slice(0, this.room);
    this.leftOut += rows.length - kept.length;
    return kept;
  }

  private copy(piece: Ledger, rows: readonly number[]): void {
    const wanted = new Set(rows.map((at) => piece.signalOf(at)));
    const ids = new Map<number, string>();
    if (rows.length > 0)
      piece.signals.forEach((id, signal) => {
        if (wanted.has(signal)) ids.set(signal, id);
      });
    for (const at of rows) {
      this.ledger.setClock(piece.generatorOf(at), piece.clockUs);
      this.ledger.addRequest({
        ...{
          sendUs: piece.notedSendUs(at),
          endUs: piece.notedEndUs(at),
          phase: piece.phaseOf(at),
          purpose: piece.purposeOf(at),
        },
        ...{ outcome: piece.recordedOutcomeOf(at), status: piece.statusOf(at), error: piece.errorOf(at) },
        webhook: piece.webhookOf(at) === none ? null : piece.webhookOf(at),
        signal: ids.get(piece.signalOf(at)) ?? null,
        generator: piece.generatorOf(at),
        location: piece.redirectOf(piece.statusOf(at)),
      });
    }
  }
}

function slowestOf(piece: Ledger): ReadonlySet<number> {
  const found: number[] = [];
  for (let at = 0; at < piece.length; at += 1) {
    if (piece.purposeOf(at) !== 'load') continue;
    if (found.length === slowestRows && piece.tookUs(at) <= piece.tookUs(found.at(-1) ?? 0)) continue;
    const place = found.findIndex((other) => piece.tookUs(other) < piece.tookUs(at));
    found.splice(place === -1 ? found.length : place, 0, at);
    if (found.length > slowestRows) found.pop();
  }
  return new Set(found);
}
