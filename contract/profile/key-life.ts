import { duration, durationWithin } from '../report/figures.ts';

export interface DeclaredLife {
  readonly ttlMs: number | null;
  readonly toleranceMs?: number;
}

/** What a setting says for `ttlMs: null`, as JSON writes it. */
export const foreverWord = 'null';

/** Longer than any run, and than what was before it. */
export const foreverMs = 100 * 366 * 86_400_000;

/** How long a key is kept, at least and at most. */
export interface KeyLife {
  readonly minMs: number;
  readonly maxMs: number;
}

export function keyLifeOf({ ttlMs, toleranceMs = 0 }: DeclaredLife): KeyLife {
  if (ttlMs === null) return { minMs: foreverMs, maxMs: foreverMs };
  return { minMs: ttlMs - toleranceMs, maxMs: ttlMs + toleranceMs };
}

/** `1000 ms`, `60 ± 5 s`, `for ever`. */
export function keyLifeInWords({ ttlMs, toleranceMs = 0 }: DeclaredLife): string {
  if (ttlMs === null) return 'for ever';
  return toleranceMs === 0 ? duration(ttlMs) : durationWithin(ttlMs, toleranceMs);
}
