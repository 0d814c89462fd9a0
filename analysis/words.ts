import { percent } from '../contract/report/figures.ts';

/** `3.4 ms`, `48 ms`. */
export function millis(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** A share with its count and its 95% interval: `97.2% (243 of 250; 95% interval 94.3–98.6%)`. */
export function share(part: number, whole: number, interval: { readonly low: number; readonly high: number }): string {
  if (whole === 0) return '0 of 0';
  return `${percent(part / whole)} (${part} of ${whole}; 95% interval ${percent(interval.low).slice(0, -1)}–${percent(interval.high)})`;
}

/** `1 process`, `3 processes`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Seconds since the start of the run, as the plots show them. */
export function atSecond(us: number, startedAtUs: number): string {
  return `at ${((us - startedAtUs) / 1e6).toFixed(1)} s`;
}

export function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`;
}
