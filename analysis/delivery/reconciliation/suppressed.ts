import { isElsewhere } from '../../../contract/plan/elsewhere.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { mayHaveChanged } from '../idempotency/changed-payload.ts';
import type { Signal } from './signal-outcomes.ts';

/** Signals that nobody had sent before, and that were only ever called duplicates or changed, and never processed. */
export interface SuppressedSignals {
  readonly n: number;
  /** Those of them that were called changed. */
  readonly changed: number;
  /** One of them, and which signal it may have been taken for; null if there is none. */
  readonly example: string | null;
}

/** So many acceptances before the example are looked at: to look up an id is slow. */
const maxLookedUp = 1000;

export class Suppressed {
  private readonly ledger: Ledger;
  private readonly sentName: (id: string) => string;
  private n = 0;
  private changed = 0;
  private first: number | null = null;

  constructor(ledger: Ledger, sentName: (id: string) => string) {
    this.ledger = ledger;
    this.sentName = sentName;
  }

  add(signal: Signal): void {
    const { ledger } = this;
    if (!isSuppressed(ledger, signal)) return;
    this.n += 1;
    if (signal.attempts.some((at) => ledger.outcomeOf(at) === 'changed')) this.changed += 1;
    this.first ??= signal.first;
  }

  counts(): SuppressedSignals {
    return { n: this.n, changed: this.changed, example: this.first === null ? null : this.example(this.first) };
  }

  private example(at: number): string | null {
    const { ledger } = this;
    const idOf = (request: number): string => ledger.signals.text(ledger.signalOf(request));
    const id = idOf(at);
    const rows = ledger.signalsByWebhook().get(ledger.webhookOf(at)) ?? [];
    const accepted = [...rows].filter(
      (row) => ledger.outcomeOf(row) === 'accepted' && ledger.sendUs(row) <= ledger.endUs(at),
    );
    let likest: string | null = null;
    for (const row of accepted.slice(-maxLookedUp)) {
      const other = idOf(row);
      if (other !== id && (likest === null || likeness(other, id) >= likeness(likest, id))) likest = other;
    }
    const called = ledger.outcomeOf(at) === 'changed' ? 'changed' : 'a duplicate';
    return likest === null
      ? null
      : `${this.sentName(id)} was called ${called} when ${this.sentName(likest)} had been accepted`;
  }
}

/** Minus the characters of the longer id that the two do not share at their beginning and their end: 0 for equal ones. */
function likeness(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (start + end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return start + end - Math.max(a.length, b.length);
}

/** Nobody sent it before, as far as ids tell: what shares its id with another signal is judged by a probe of its own. */
function isSuppressed(ledger: Ledger, { attempts, first, effects, outcomes: { duplicates } }: Signal): boolean {
  const role = ledger.roleOf(first);
  if (effects > 0 || role === 'idempotency.distinct-ticker' || isElsewhere(role)) return false;
  const changed = mayHaveChanged(ledger, first)
    ? 0
    : attempts.filter((at) => ledger.outcomeOf(at) === 'changed').length;
  return duplicates.length + changed === attempts.length;
}
