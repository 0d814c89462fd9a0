import { html, type Markup } from '../markup.ts';

// Parts of a drawing. Places along the axis of time are percents of its width and the rest is in pixels, so that text and lines keep
// their size on every screen, and no script is needed.

/** From a value to percent of the width. */
export type Scale = (value: number) => number;

export function scaleOf(from: number, to: number): Scale {
  const span = to - from || 1;
  return (value) => ((value - from) / span) * 100;
}

const clamp = (percent: number): number => Math.max(0, Math.min(100, percent));
const short = (value: number): string => String(Math.round(value * 100) / 100);
const percents = (value: number): string => `${short(value)}%`;

export interface Place {
  /** In percent. */
  readonly from: number;
  readonly to: number;
  /** In pixels. */
  readonly top: number;
  readonly height: number;
}

/** At least so much is seen of a bar, in percent. */
const minWidth = 0.5;

export function bar({ from, to, top, height }: Place, className: string): Markup {
  const left = Math.min(clamp(from), 100 - minWidth);
  const width = Math.max(minWidth, clamp(to) - left);
  return html`<rect class="${className}" x="${percents(left)}" y="${short(top)}" width="${percents(width)}" height="${short(height)}"/>`;
}

export function upright(at: number, top: number, bottom: number, className: string): Markup {
  const x = percents(clamp(at));
  return html`<line class="${className}" x1="${x}" y1="${short(top)}" x2="${x}" y2="${short(bottom)}"/>`;
}

export function level(y: number, className: string): Markup {
  return html`<line class="${className}" x1="0" y1="${short(y)}" x2="100%" y2="${short(y)}"/>`;
}

type Anchor = 'start' | 'middle' | 'end';

export function words(
  text: string,
  at: number,
  y: number,
  options: { anchor?: Anchor; className?: string } = {},
): Markup {
  const { anchor = 'start', className = 'words' } = options;
  return html`<text class="${className}" x="${percents(clamp(at))}" y="${short(y)}" text-anchor="${anchor}">${text}</text>`;
}

/** A letter takes so much of a narrow drawing, in percent. */
const letterWidth = 2.2;

/** Words beside an instant, on the side that has more room; within a bar that leaves too little on both. */
export function wordsBeside(text: string, { from, to, top, height }: Place, className: string): Markup {
  const room = Math.max(100 - to, from);
  const isWithin = room < text.length * letterWidth && to - from > room;
  const isLeft = !isWithin && 100 - to < from;
  const anchor = isWithin || isLeft ? 'end' : 'start';
  const y = top + height / 2 + 4;
  return html`<text class="${className}" x="${percents(clamp(isLeft ? from : to))}" y="${short(y)}" dx="${anchor === 'end' ? -5 : 5}" text-anchor="${anchor}">${text}</text>`;
}

/** A line through points, in percents of the width and pixels; null parts it. */
export function path(points: readonly (readonly [number, number] | null)[], height: number, className: string): Markup {
  let isDrawing = false;
  const steps = points.flatMap((point) => {
    if (point === null) {
      isDrawing = false;
      return [];
    }
    const step = `${isDrawing ? 'L' : 'M'}${short(clamp(point[0]))} ${short(point[1])}`;
    isDrawing = true;
    return [step];
  });
  // The inner drawing stretches in width alone; the style keeps its lines as thick as they are.
  return html`<svg x="0" y="0" width="100%" height="${short(height)}" viewBox="0 0 100 ${short(height)}" preserveAspectRatio="none"><path class="${className}" d="${steps.join('')}"/></svg>`;
}

/** Round values between two others, at most `count` of them. */
export function ticks(from: number, to: number, count: number): readonly number[] {
  const rough = (to - from) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/** Lines and labels of the axis of time at the foot of a drawing; a value without a label has no line. */
export function timeAxis(
  { from, to }: { readonly from: number; readonly to: number },
  foot: number,
  label: (value: number) => string | null,
): readonly Markup[] {
  const scale = scaleOf(from, to);
  return [
    level(foot, 'axis'),
    ...ticks(from, to, 4).flatMap((value) => {
      const at = scale(value);
      const text = label(value);
      if (text === null) return [];
      const anchor = at < 4 ? 'start' : at > 94 ? 'end' : 'middle';
      return [upright(at, foot, foot + 4, 'axis'), words(text, at, foot + 16, { anchor })];
    }),
  ];
}

/** A drawing with its text alternative. */
export function drawing(height: number, alternative: string, parts: readonly Markup[]): Markup {
  return html`<svg class="drawing" role="img" aria-label="${alternative}" width="100%" height="${short(height)}">
${parts.map((part) => html`${part}\n`)}</svg>`;
}
