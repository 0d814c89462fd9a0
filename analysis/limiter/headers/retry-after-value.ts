import type { HeaderSet } from '../../journal/header-sets.ts';
import { httpDateMs, isEpoch, isoDateMs } from './server-time.ts';

/** What a Retry-After says. */
export type RetryAfterValue =
  | { readonly form: 'seconds'; readonly ms: number }
  /** `ms` is from the answer's own Date, and negative if it has passed; null if it has none, and then nobody knows the server's clock. */
  | { readonly form: 'date'; readonly ms: number | null }
  | { readonly form: 'malformed'; readonly why: string };

/** Reads it as RFC 9110, 10.2.3 has it: whole seconds, or an HTTP date. */
export function retryAfterValue(text: string, { Date: date }: HeaderSet): RetryAfterValue {
  if (/^\d+$/.test(text) && !isEpoch(Number(text))) return { form: 'seconds', ms: Number(text) * 1000 };
  const atMs = httpDateMs(text);
  if (atMs === null) return { form: 'malformed', why: whyMalformed(text) };
  const nowMs = date === undefined ? null : httpDateMs(date);
  return { form: 'date', ms: nowMs === null ? null : atMs - nowMs };
}

function whyMalformed(text: string): string {
  if (text === '') return 'is empty';
  if (/^-\s?\d+(\.\d+)?$/.test(text)) return 'is negative';
  if (/^\d+([.,]\d+)?$/.test(text) && isEpoch(Number(text.replace(',', '.')))) return 'is a time, not seconds';
  if (/^\d*[.,]\d+$/.test(text)) return 'is a fraction';
  if (/^\d+([.,]\d+)?\s*[A-Za-z]+\.?$/.test(text)) return 'has a unit';
  if (isoDateMs(text) !== null) return 'is a date as ISO 8601 writes it';
  if (/^\w{3},? .*\d\d:\d\d:\d\d/.test(text)) return 'is a date in another form';
  if (/^[\d.\s]+(,[\d.\s]+)+$/.test(text)) return 'is given several times';
  return 'is neither';
}
