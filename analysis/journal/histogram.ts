import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Latency } from '../../contract/report/report.ts';

export type { Histogram };

const highestUs = 120_000_000;

/** An empty histogram of microseconds, configured as k6/timeline writes them: 1 µs to 120 s, three digits. */
export function emptyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestUs,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
}

/** Records a time, clamped into the histogram's range. */
export function recordUs(histogram: Histogram, us: number): void {
  histogram.recordValue(Math.min(highestUs, Math.max(1, us)));
}

/** HdrHistogram V2, compressed, base64. Throws where the text is none. */
export function decodeHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text, 32, false);
}

/** The text that `decodeHistogram` reads. */
export const encodeHistogram = (histogram: Histogram): string => encodeIntoCompressedBase64(histogram);

/** The time that so many percent do not exceed: that of this rank, and no mean of two. */
export function percentileUs(histogram: Histogram, percent: number): number {
  const n = histogram.totalCount;
  // The library rounds ranks to the nearest; 99.9 is no number of two, so a little is taken off.
  const rank = Math.max(1, Math.ceil((percent * n) / 100 - 1e-6));
  return histogram.getValueAtPercentile((100 * rank) / n);
}

const ms = (us: number): number => Math.round(us) / 1000;

/** Null where the histogram is empty. */
export function latencyOf(histogram: Histogram): Latency | null {
  if (histogram.totalCount === 0) return null;
  return {
    count: histogram.totalCount,
    meanMs: ms(histogram.mean),
    p50Ms: ms(percentileUs(histogram, 50)),
    p90Ms: ms(percentileUs(histogram, 90)),
    p95Ms: ms(percentileUs(histogram, 95)),
    p99Ms: ms(percentileUs(histogram, 99)),
    p999Ms: ms(percentileUs(histogram, 99.9)),
    maxMs: ms(histogram.maxValue),
  };
}
