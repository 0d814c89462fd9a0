/**
 * A time in microseconds since 1970, however it is written: a date, an ISO 8601 text, or a number of seconds, milliseconds,
 * microseconds or nanoseconds, which its size tells apart: until the year 5138 seconds are below 10^11. 0 where it is none.
 */
export function timeInUs(value: unknown): number {
  if (value instanceof Date) return value.getTime() * 1000 || 0;
  if (typeof value === 'string' && !/^\s*\d+(\.\d+)?\s*$/.test(value)) return isoInUs(value);
  const number = Number(value);
  if (value === null || !Number.isFinite(number) || number <= 0) return 0;
  const perUnit = number < 1e11 ? 1e6 : number < 1e14 ? 1e3 : number < 1e17 ? 1 : 1e-3;
  return Math.round(number * perUnit);
}

/** Date.parse has milliseconds; what follows them is read here. */
function isoInUs(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isFinite(ms)) return 0;
  const [, fraction = ''] = /\.\d{3}(\d{1,3})/.exec(text) ?? [];
  return ms * 1000 + Number(fraction.padEnd(3, '0'));
}
