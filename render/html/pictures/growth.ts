import { kilobytes, megabytes } from '../../../contract/report/figures.ts';
import type { GrowthPicture } from '../../../contract/report/pictures.ts';
import { html, type Markup } from '../markup.ts';
import { drawing, level, path, type Scale, scaleOf, ticks, timeAxis, words } from './svg.ts';

const head = 14;
const plotHeight = 150;
const foot = 22;
const bottom = head + plotHeight;

/** Settled memory after each cycle, warm-up hollow, with the fitted line. */
export function drawGrowth(picture: GrowthPicture): Markup {
  const { points, line, isLeak, perCycle } = picture;
  const [first, last] = [points[0]?.cycle ?? 1, points.at(-1)?.cycle ?? 1];
  // Room at the left for the figures.
  const view = { from: first - 0.5 - 0.16 * (last - first + 1), to: last + 0.5 };
  const x = scaleOf(view.from, view.to);
  const values = [...points.map(({ bytes }) => bytes), line.fromBytes, line.toBytes];
  const y = heightOf(values);
  const fitted = [
    [x(line.fromCycle), y.of(line.fromBytes)],
    [x(line.toCycle), y.of(line.toBytes)],
  ] as const;
  return html`${drawing(bottom + foot, alternative(picture), [
    ...y.marks.flatMap((bytes) => [level(y.of(bytes), 'grid'), words(megabytes(bytes), 0, y.of(bytes) - 3)]),
    path(fitted, bottom, isLeak ? 'fitted' : 'fitted calm'),
    ...points.map(({ cycle, bytes, isWarmUp }) => dot(x(cycle), y.of(bytes), isWarmUp)),
    ...timeAxis(view, bottom, (cycle) => (cycle < first ? null : `cycle ${cycle}`)),
  ])}<p class="hint">${kilobytes(perCycle.bytes)} per cycle after warm-up (95% interval ${kilobytes(perCycle.low)} to ${kilobytes(perCycle.high)}); hollow: warm-up.</p>`;
}

interface Heights {
  readonly of: Scale;
  readonly marks: readonly number[];
}

/** From bytes to pixels from the top. */
function heightOf(values: readonly number[]): Heights {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  // Memory that stands still must look so: a tenth of it is the least that fills the height.
  const room = Math.max((most - least) * 0.1, most * 0.05);
  const [from, to] = [Math.max(0, least - room), most + room];
  return {
    of: (bytes) => bottom - ((bytes - from) / (to - from || 1)) * plotHeight,
    marks: ticks(from, to, 4),
  };
}

function dot(x: number, y: number, isWarmUp: boolean): Markup {
  return html`<circle class="${isWarmUp ? 'dot warm-up' : 'dot'}" cx="${x.toFixed(2)}%" cy="${y.toFixed(1)}" r="4"/>`;
}

function alternative({ title, points, perCycle, isLeak }: GrowthPicture): string {
  const [first, last] = [points[0], points.at(-1)];
  return [
    `${title}.`,
    first === undefined || last === undefined
      ? 'Nothing was recorded.'
      : `From ${megabytes(first.bytes)} after cycle ${first.cycle} to ${megabytes(last.bytes)} after cycle ${last.cycle}.`,
    `The fitted line ${isLeak ? 'rises' : 'has a slope'} by ${kilobytes(perCycle.bytes)} a cycle.`,
  ].join(' ');
}
