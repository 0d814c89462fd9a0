import type uPlot from 'uplot';
import { formatSecond } from '../formats.ts';
import type { TimeRange } from './data.ts';
import type { Theme } from './theme.ts';

/** What a picture points at on the axis of time. */
export interface Instant {
  readonly atSeconds: number;
  readonly label: string;
}

export const inWords = ({ atSeconds, label }: Instant): string => `Marked: ${formatSecond(atSeconds)}, ${label}.`;

/** Of a run longer than this a mark shows only the part around it. */
const longSeconds = 600;
const aroundSeconds = 60;

/** The part of the axis that shows an instant; null for all of it. */
export function rangeAround({ atSeconds }: Instant, shown: TimeRange, everything: TimeRange): TimeRange | null {
  if (everything.max - everything.min > longSeconds) {
    return {
      min: Math.max(everything.min, atSeconds - aroundSeconds),
      max: Math.min(everything.max, atSeconds + aroundSeconds),
    };
  }
  const isShown = atSeconds >= shown.min && atSeconds <= shown.max;
  return isShown && (shown.min > everything.min || shown.max < everything.max) ? shown : null;
}

/** Calls back for each link to an instant, when it is followed. */
export function onInstant(follow: (instant: Instant) => void): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-at]')) {
    link.addEventListener('click', () => {
      follow({ atSeconds: Number(link.dataset.at), label: link.dataset.label ?? '' });
    });
  }
}

/** The marked instant as an upright line with a head. */
export function drawInstant(u: uPlot, instant: Instant | null, theme: Theme): void {
  if (instant === null) return;
  const { ctx, bbox } = u;
  const x = Math.round(u.valToPos(instant.atSeconds, 'x', true)) + 0.5;
  if (x < bbox.left || x > bbox.left + bbox.width + 1) return;
  const size = 5 * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = theme.variable('--instant');
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - size, bbox.top);
  ctx.lineTo(x + size, bbox.top);
  ctx.lineTo(x, bbox.top + 1.5 * size);
  ctx.fill();
  ctx.restore();
}
