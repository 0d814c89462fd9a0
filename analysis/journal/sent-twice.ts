import { elsewhereRoleOf } from '../../contract/plan/elsewhere.ts';
import { parseSignalId, sharedId } from '../../contract/plan/signal-id.ts';
import type { Ledger } from './ledger.ts';

/** The names in the ledger of the signals that share an id, by it: those that were accepted first. */
export function namesById(ledger: Ledger): ReadonlyMap<string, readonly string[]> {
  const isAccepted = new Map<number, boolean>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    const signal = ledger.signalOf(at);
    isAccepted.set(signal, isAccepted.get(signal) === true || ledger.outcomeOf(at) === 'accepted');
  }
  const found = new Map<string, { readonly name: string; readonly rank: number }[]>();
  ledger.signals.forEach((name, signal) => {
    const id = sharedId(name);
    const accepted = isAccepted.get(signal);
    if (id === name || accepted === undefined) return;
    found.set(id, [...(found.get(id) ?? []), { name, rank: accepted ? 0 : 1 }]);
  });
  return new Map(
    [...found].map(([id, names]) => [id, names.sort((a, b) => a.rank - b.rank).map(({ name }) => name)] as const),
  );
}

/** Whose so many effects of one id are: each name gets one in turn. */
export function dealtOut(names: readonly string[], effects: number): readonly string[] {
  if (names.length === 0) return [];
  return Array.from({ length: effects }, (_, n) => names[n % names.length] ?? '');
}

/**
 * Ids that were sent to two webhooks as two signals, where the read-back does not tell the webhook: each gets one effect in turn, those
 * that were accepted first, for the server may have failed at the other.
 */
export class SentTwice {
  private readonly ledger: Ledger;
  private names: ReadonlyMap<string, readonly string[]> | null = null;
  private readonly told = new Map<string, number>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** The name in the ledger of the next effect of this id. */
  next(id: string): string {
    const parsed = parseSignalId(id);
    if (parsed === null || parsed.variant !== null || elsewhereRoleOf(parsed.code) === null) return id;
    this.names ??= namesById(this.ledger);
    const names = this.names.get(id) ?? [];
    const told = this.told.get(id) ?? 0;
    this.told.set(id, told + 1);
    return names[told % Math.max(1, names.length)] ?? id;
  }
}
