import type { SlowestPicture } from '../../../contract/report/pictures.ts';
import { formatCount, formatMs, formatSecond } from '../../formats.ts';
import type { Markup } from '../markup.ts';
import { bar, drawing, scaleOf, timeAxis, upright, words } from './svg.ts';

const head = 18;
const rowHeight = 26;
const foot = 22;

/** The slowest requests, a bar each, against what is allowed. */
export function drawSlowest(picture: SlowestPicture): Markup {
  const { requests, warnMs, failMs } = picture;
  const most = requests.reduce((longest, { ms }) => Math.max(longest, ms), warnMs);
  const view = { from: 0, to: most * 1.05 };
  const scale = scaleOf(view.from, view.to);
  const bottom = head + requests.length * rowHeight;
  const limits = [
    { ms: warnMs, name: 'warn', className: 'limit warn' },
    ...(failMs === warnMs ? [] : [{ ms: failMs, name: 'fail', className: 'limit' }]),
  ].filter(({ ms }) => ms <= view.to);
  return drawing(bottom + foot, alternative(picture), [
    ...limits.flatMap(({ ms, name, className }) => [
      upright(scale(ms), 14, bottom, className),
      words(`${name}: ${formatCount(ms)} ms`, scale(ms), 11, { anchor: scale(ms) > 80 ? 'end' : 'start' }),
    ]),
    ...requests.flatMap(({ ms, outcome, scenario, atSeconds }, n) => {
      const top = head + n * rowHeight;
      return [
        bar({ from: 0, to: scale(ms), top: top + 15, height: 8 }, `request ${outcome}`),
        words(`${formatMs(ms)} ms, ${scenario} at ${formatSecond(atSeconds)}`, 0, top + 12),
      ];
    }),
    ...timeAxis(view, bottom, (ms) => `${formatCount(ms)} ms`),
  ]);
}

function alternative({ title, warnMs, failMs, requests }: SlowestPicture): string {
  const told = requests.map(
    ({ ms, scenario, atSeconds, outcome }) =>
      `${formatMs(ms)} ms in ${scenario} at ${formatSecond(atSeconds)}, ${outcome}`,
  );
  const limits = `It warns above ${formatCount(warnMs)} ms and fails above ${formatCount(failMs)} ms.`;
  return `${title}. ${limits} ${told.join('; ')}.`;
}
