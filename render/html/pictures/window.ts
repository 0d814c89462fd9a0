import type { WindowPicture } from '../../../contract/report/pictures.ts';
import { formatCount, formatMs } from '../../formats.ts';
import { html, type Markup } from '../markup.ts';
import { type Row, requestRows, rowsHeight } from './request-rows.ts';
import { bar, drawing, scaleOf, timeAxis, words } from './svg.ts';

const head = 18;
const foot = 22;
/** Requests that take less than this share of it would be slivers: then they fill the drawing, and the window goes on beside it. */
const minShare = 0.2;

/** The window that decided on a limiter: a bar a request from send to answer, the window shaded, the one that is wrong marked. */
export function drawWindow(picture: WindowPicture): Markup {
  const { window, requests, leftOut } = picture;
  const view = viewOf(picture);
  const scale = scaleOf(view.from, view.to);
  const rows: readonly Row[] = requests.map((request) => ({ request, label: request.mark }));
  const bottom = head + rowsHeight(rows);
  const shade = { from: scale(window.fromMs), to: scale(window.toMs), top: 0, height: bottom };
  const goesOn = window.toMs > view.to;
  const cameBefore = window.fromMs < view.from;
  const label = `${cameBefore ? '← ' : ''}window: ${window.label}${goesOn ? ' →' : ''}`;
  return html`${drawing(bottom + foot, alternative(picture), [
    bar(shade, 'shade'),
    words(label, Math.max(0, shade.from) + 1, 12, { className: 'words strong' }),
    ...requestRows(rows, scale, head),
    ...timeAxis(view, bottom, (ms) => `${formatValue(ms)} ms`),
  ])}${leftOut === 0 ? null : html`<p class="hint">${formatCount(requests.length)} of ${formatCount(requests.length + leftOut)} requests are drawn.</p>`}`;
}

/** The part of the time that is drawn. */
function viewOf({ window, requests }: WindowPicture): { readonly from: number; readonly to: number } {
  const first = requests.reduce((least, { fromMs }) => Math.min(least, fromMs), window.toMs);
  const last = requests.reduce((most, { toMs }) => Math.max(most, toMs), window.fromMs);
  const [from, to] = [Math.min(first, window.fromMs), Math.max(last, window.toMs)];
  const isSliver = requests.length > 0 && last - first < minShare * (to - from);
  return isSliver ? padded(first, last, 0.12) : padded(from, to, 0.02);
}

function padded(from: number, to: number, share: number): { readonly from: number; readonly to: number } {
  const more = (to - from || 1) * share;
  return { from: from - more, to: to + more };
}

const formatValue = (ms: number): string => (Math.abs(ms) >= 10 || ms === 0 ? formatCount(ms) : String(ms));

function alternative({ title, window, allowed, counted, requests }: WindowPicture): string {
  const marked = requests.flatMap(({ id, fromMs, toMs, mark }) =>
    mark === null ? [] : [`${mark}: signal ${id}, sent at ${formatMs(fromMs)} ms and answered at ${formatMs(toMs)} ms`],
  );
  const limit = allowed === null ? '' : `, ${allowed} allowed`;
  return [
    `${title}.`,
    `A bar for each of ${requests.length} requests, from send to answer, in a window of ${window.label} (${counted} counted${limit}).`,
    ...marked,
  ].join(' ');
}
