import type { Status } from '../contract/criteria.ts';

/** A status as people see it: a symbol and a word, never colour alone. */
export const statusWords: Readonly<Record<Status, { readonly symbol: string; readonly word: string }>> = {
  pass: { symbol: '✓', word: 'pass' },
  warn: { symbol: '!', word: 'warn' },
  fail: { symbol: '✗', word: 'fail' },
  inconclusive: { symbol: '?', word: 'inconclusive' },
  'not-applicable': { symbol: '–', word: 'not applicable' },
  'not-run': { symbol: '·', word: 'not run' },
};

/** Control characters, among them the escapes of terminals and the marks that turn text around, become blanks. */
export function inert(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}

export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
}

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

export function megabytes(value: number | null): string {
  return value === null ? '–' : `${(value / 1e6).toFixed(0)} MB`;
}

export function counts(outcomes: Readonly<Partial<Record<string, number>>> | undefined): string {
  const parts = Object.entries(outcomes ?? {}).map(([outcome, count]) => `${count ?? 0} ${outcome}`);
  return parts.length === 0 ? '–' : parts.join(', ');
}
