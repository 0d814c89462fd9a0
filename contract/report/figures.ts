/** Figures as every report, alert and progress line writes them. */

/** `57.3 MB`; from 100 MB on without decimals. 1 MB is 10^6 bytes. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value.toFixed(Math.abs(value) < 99.95 ? 1 : 0)} MB`;
}

/** `4.2 kB`; 1 kB is 1000 bytes. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

const units = [
  { word: 'h', ms: 3_600_000, fromMs: 36_000_000 },
  { word: 'min', ms: 60_000, fromMs: 600_000 },
  { word: 's', ms: 1000, fromMs: 10_000 },
] as const;

const inMs = { word: 'ms', ms: 1 } as const;

/** The unit in which a length of time is told. */
export const unitFor = (ms: number) => units.find(({ fromMs }) => Math.abs(ms) >= fromMs) ?? inMs;

/** At most two decimals, and none that are zero; milliseconds as they are. */
const inUnit = (ms: number, unit: { readonly ms: number }): string =>
  unit.ms === 1 ? `${ms}` : `${Number((ms / unit.ms).toFixed(2))}`;

/** A length of time that may become long: `250 ms`, from 10,000 ms on `12.5 s`, from 10 min on `15 min`, from 10 h on `24 h`. */
export function duration(ms: number): string {
  const unit = unitFor(ms);
  return `${inUnit(ms, unit)} ${unit.word}`;
}

/** `60 ± 5 s`: both in the unit of the first. */
export function durationWithin(ms: number, toleranceMs: number): string {
  const unit = unitFor(ms);
  return `${inUnit(ms, unit)} ± ${inUnit(toleranceMs, unit)} ${unit.word}`;
}

/** `97.2%` of a share from 0 to 1; one in ten thousand is not written as zero. */
export function percent(share: number): string {
  const value = share * 100;
  return `${share > 0 && share < 0.0005 ? value.toPrecision(2) : value.toFixed(1)}%`;
}

/** `95%`, `2.5%`: a threshold, without the noise of binary fractions. */
export function plainPercent(share: number): string {
  return `${Number((share * 100).toPrecision(6))}%`;
}
