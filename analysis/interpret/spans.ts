import type { Span } from '../journal/timeline.ts';

/** In order of time, those that touch as one. */
export function mergedSpans(spans: readonly Span[]): readonly Span[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of spans.toSorted((a, b) => a.fromUs - b.fromUs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromUs <= last.toUs) last.toUs = Math.max(last.toUs, toUs);
    else merged.push({ fromUs, toUs });
  }
  return merged;
}

/** What lies in both. @param one as `mergedSpans` gives them, and so is `other`. */
export function commonSpans(one: readonly Span[], other: readonly Span[]): readonly Span[] {
  const common: Span[] = [];
  let [n, m] = [0, 0];
  for (;;) {
    const [a, b] = [one[n], other[m]];
    if (a === undefined || b === undefined) return common;
    const [fromUs, toUs] = [Math.max(a.fromUs, b.fromUs), Math.min(a.toUs, b.toUs)];
    if (fromUs < toUs) common.push({ fromUs, toUs });
    if (a.toUs < b.toUs) n += 1;
    else m += 1;
  }
}

/**
 * Where the first span stands that ends at a time or later. By binary search: a long run has millions of requests and thousands of spans.
 * @param spans in order of time and apart, as all below.
 */
function firstEndingFrom(spans: readonly Span[], fromUs: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.toUs ?? 0) < fromUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function touchesSpan(spans: readonly Span[], fromUs: number, toUs: number): boolean {
  const first = spans[firstEndingFrom(spans, fromUs)];
  return first !== undefined && first.fromUs <= toUs;
}

/** Whether they cover half of a time or more. */
export function coverHalf(spans: readonly Span[], span: Span): boolean {
  return 2 * coveredUs(spans, span) >= span.toUs - span.fromUs;
}

/** How much of a time they cover. */
export function coveredUs(spans: readonly Span[], { fromUs, toUs }: Span): number {
  let sum = 0;
  for (let at = firstEndingFrom(spans, fromUs); at < spans.length; at += 1) {
    const span = spans[at];
    if (span === undefined || span.fromUs > toUs) break;
    sum += Math.max(0, Math.min(span.toUs, toUs) - Math.max(span.fromUs, fromUs));
  }
  return sum;
}
