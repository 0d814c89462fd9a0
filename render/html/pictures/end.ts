import { megabytes } from '../../../contract/report/figures.ts';
import type { EndPicture, Points } from '../../../contract/report/pictures.ts';
import { formatCount } from '../../formats.ts';
import { html, type Markup } from '../markup.ts';
import { drawing, level, path, type Scale, scaleOf, timeAxis, upright, words } from './svg.ts';

const stripHead = 17;
const stripHeight = 52;
const foot = 22;

interface Strip {
  readonly title: string;
  readonly points: Points;
  readonly text: (value: number) => string;
}

/** The last minute of a process, a strip each for its memory, its CPU and what was under way; below, the log's last lines. */
export function drawEnd(picture: EndPicture): Markup {
  const { fromMs, lastSeenMs, log } = picture;
  const from = Math.min(fromMs, lastSeenMs, -1000);
  const view = { from: from * 1.02, to: -from * 0.05 };
  const scale = scaleOf(view.from, view.to);
  const strips = stripsOf(picture);
  const bottom = strips.length * (stripHead + stripHeight);
  return html`${drawing(bottom + foot, alternative(picture, strips), [
    ...strips.flatMap((strip, n) => drawStrip(strip, scale, n * (stripHead + stripHeight))),
    upright(scale(0), 0, bottom, 'end'),
    ...timeAxis(view, bottom, (ms) => (ms === 0 ? 'end' : `${Math.round(ms / 100) / 10} s`)),
  ])}${log.length === 0 ? null : html`<p class="over">The log at its end</p><div class="log">${log.map((line) => html`${line}\n`)}</div>`}`;
}

function stripsOf({ memoryBytes, memoryFigure, cpuPercent, inFlight }: EndPicture): readonly Strip[] {
  return [
    { title: `memory (${memoryFigure.toUpperCase()})`, points: memoryBytes, text: megabytes },
    { title: 'CPU, of one core', points: cpuPercent, text: (value) => `${formatCount(value)}%` },
    { title: 'requests under way', points: inFlight, text: formatCount },
  ];
}

const known = ({ values }: Points): readonly number[] => values.filter((value) => value !== null);
const highest = (points: Points): number => known(points).reduce((most, value) => Math.max(most, value), 0);

function drawStrip({ title, points, text }: Strip, scale: Scale, top: number): readonly Markup[] {
  const most = highest(points);
  const bottom = top + stripHead + stripHeight;
  const y = (value: number): number => bottom - 3 - (value / (most || 1)) * (stripHeight - 6);
  const said = known(points).length === 0 ? `${title}: not recorded` : `${title}: up to ${text(most)}`;
  const line = points.ms.map((ms, n) => {
    const value = points.values[n] ?? null;
    return value === null ? null : ([scale(ms), y(value)] as const);
  });
  return [words(said, 0, top + 12), level(bottom - 3, 'grid'), path(line, bottom, 'line')];
}

function alternative({ title, lastSeenMs }: EndPicture, strips: readonly Strip[]): string {
  const told = strips.map(({ title: name, points, text }) => {
    const values = known(points);
    const last = values.at(-1);
    return last === undefined
      ? `${name}: not recorded.`
      : `${name}: up to ${text(highest(points))}, at the end ${text(last)}.`;
  });
  return [`${title}.`, ...told, `It was last seen ${formatCount(-lastSeenMs)} ms before it was missed.`].join(' ');
}
