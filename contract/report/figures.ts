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

/** `97.2%` of a share from 0 to 1; one in ten thousand is not written as zero. */
export function percent(share: number): string {
  const value = share * 100;
  return `${share > 0 && share < 0.0005 ? value.toPrecision(2) : value.toFixed(1)}%`;
}

/** `95%`, `2.5%`: a threshold, without the noise of binary fractions. */
export function plainPercent(share: number): string {
  return `${Number((share * 100).toPrecision(6))}%`;
}
