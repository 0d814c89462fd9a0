import type { LedgerEffectLine } from '../../contract/journal/journal.ts';
import { timeInUs } from '../../contract/journal/time-in-us.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { ledgerIds } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';

/** Whose effects are read. */
export interface ReadbackOf {
  readonly scenario: ScenarioName;
  readonly runTag: string;
}

/** What a reader needs of a run. */
export interface Reading {
  readonly settings: { readonly profile: TargetProfile };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runId: string;
  readonly line: { say(text: string): void };
  readonly interrupt: { readonly signal: AbortSignal };
  /** Hides secrets in whatever a program says. */
  redact(text: string): string;
}

/** What a read told, or in words why it told nothing. */
export type EffectsRead = { readonly effects: readonly LedgerEffectLine[] } | { readonly failed: string };

/** A row of PostgreSQL, or what one element of a key in Redis says. */
export type Row = Readonly<Record<string, unknown>>;

/** What a store told, or in words without its URL why it told nothing. */
export type RowsRead = { readonly rows: readonly Row[] } | { readonly failed: string };

/** Reads once what was processed. */
export type ReadEffects = () => Promise<EffectsRead>;

export function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/**
 * The effects in what a command printed: a JSON object a line, with `id`, and where there are such `processedAtUs` and the
 * identifying fields. Signals of other runs and scenarios are passed over.
 */
export function effectsIn(text: string, profile: TargetProfile, runTag: string): EffectsRead {
  const ledgerId = ledgerIds(profile);
  const effects: LedgerEffectLine[] = [];
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let fields: Readonly<Record<string, unknown>> = {};
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) fields = Object.fromEntries(Object.entries(value));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    const id = textOf(fields.id);
    if (id === null)
      return { failed: `line ${n + 1} of its output is not a JSON object with an id: print one per line` };
    const effect = ledgerId(id, (name) => textOf(fields[name]), runTag);
    if (!effect.startsWith(`${runTag}-`)) continue;
    effects.push({ effect, webhook: 0, processedAtUs: timeInUs(fields.processedAtUs) });
  }
  return { effects };
}
