import { inflateSync } from 'node:zlib';
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Latency } from '../../contract/report/report.ts';

export type { Histogram };

const highestUs = 120_000_000;
const digits = 3;

/** An empty histogram of microseconds, configured as k6/timeline writes them: 1 µs to 120 s, three digits. */
export function emptyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestUs,
    numberOfSignificantValueDigits: digits,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
}

/** Records a time, clamped into the histogram's range. */
export function recordUs(histogram: Histogram, us: number): void {
  histogram.recordValue(Math.min(highestUs, Math.max(1, us)));
}

/** An encoding's first word, compressed and not: HdrHistogram V2, whose counts take one byte or more. */
const compressedCookie = 0x1c849314;
const cookie = 0x1c849313;
/** Cookie, length, offset, digits, lowest, highest and ratio stand before the counts. */
const headerBytes = 40;
/** An encoding of all that such a histogram can count takes a third of it. */
const maxBytes = 500_000;

/**
 * Adds what a text counts: HdrHistogram V2, compressed, base64, configured as `emptyHistogram` is. The library decodes each text into
 * an array of all 18,000 counts, and a run's progress reads several a second while load is sent. Throws if the text is none.
 */
export function addEncoded(sum: Histogram, text: string): void {
  const counts = countsIn(contentOf(Buffer.from(text, 'base64')));
  for (const [index, count] of counts) sum.recordValueWithCount(valueAt(index), count);
  // The longest time is told as the end of its step.
  const longest = counts.at(-1)?.[0];
  if (longest !== undefined) sum.recordValueWithCount(valueAt(longest + 1) - 1, 0);
}

function contentOf(data: Buffer): Buffer {
  if (data.readUInt32BE(0) !== compressedCookie) throw new Error('no compressed histogram');
  const content = inflateSync(data.subarray(8, 8 + data.readUInt32BE(4)), { maxOutputLength: maxBytes });
  const isOurs = content.readUInt32BE(0) === cookie && content.readUInt32BE(12) === digits;
  if (!isOurs || content.readBigUInt64BE(16) !== 1n) throw new Error('a histogram of another kind');
  return content.subarray(headerBytes, headerBytes + content.readUInt32BE(4));
}

/** How often the times of a step were counted. A negative count stands for so many steps without one. */
function countsIn(content: Buffer): readonly (readonly [index: number, count: number])[] {
  const counts: (readonly [number, number])[] = [];
  let at = 0;
  let index = 0;
  while (at < content.length) {
    let zigzag = 0;
    for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = content.readUInt8(at);
      at += 1;
      zigzag += (byte % 0x80) * scale;
    }
    if (zigzag % 2 === 1) index += (zigzag + 1) / 2;
    else {
      if (zigzag > 0) counts.push([index, zigzag / 2]);
      index += 1;
    }
  }
  if (valueAt(counts.at(-1)?.[0] ?? 0) > highestUs) throw new Error('a histogram of longer times');
  return counts;
}

/** The least time of a step: three digits take 2,048 steps of 1 µs, then 1,024 of 2 µs, 1,024 of 4 µs and so on. */
function valueAt(index: number): number {
  const octave = Math.max(0, Math.floor(index / 1024) - 1);
  return (index - octave * 1024) * 2 ** octave;
}

/** The text that `addEncoded` reads. */
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
