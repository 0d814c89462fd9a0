import type { SignalPicture } from '../../../contract/report/pictures.ts';
import { formatCount } from '../../formats.ts';
import { html, type Markup } from '../markup.ts';
import { type Row, requestRows, rowsHeight } from './request-rows.ts';
import { bar, drawing, type Scale, scaleOf, timeAxis, words, wordsBeside } from './svg.ts';

const head = 18;
const foot = 22;
const effectHeight = 20;
/** Beyond so many, only what is wrong is said beside a request. */
const maxLabels = 12;

/** The life of one signal: its requests, its TTL, and when it was processed. */
export function drawSignal(picture: SignalPicture): Markup {
  const { requests, leftOut, ttl } = picture;
  const view = viewOf(picture);
  const scale = scaleOf(view.from, view.to);
  const rows: readonly Row[] = requests.map((request) => ({
    request,
    label: request.mark ?? (requests.length <= maxLabels ? request.outcome : null),
  }));
  const top = head + rowsHeight(rows);
  const bottom = top + effectHeight;
  return html`${drawing(bottom + foot, alternative(picture), [
    ...(ttl === null ? [] : ttlShade(scale, ttl, { bottom, goesOn: ttl.toMs > view.to })),
    ...requestRows(rows, scale, head),
    ...effectRow(picture, scale, top),
    ...timeAxis(view, bottom, (ms) => `${formatCount(ms)} ms`),
  ])}${leftOut === 0 ? null : html`<p class="hint">${formatCount(requests.length)} of ${formatCount(requests.length + leftOut)} requests are drawn.</p>`}`;
}

/** A TTL that is not much longer is drawn to its end. */
const ttlShare = 2;

function viewOf({ requests, effects, ttl }: SignalPicture): { readonly from: number; readonly to: number } {
  const from = requests.reduce((least, { fromMs }) => Math.min(least, fromMs), 0);
  const last = Math.max(
    requests.reduce((most, { toMs }) => Math.max(most, toMs), 1),
    effects.reduce((most, { toMs }) => Math.max(most, toMs), 1),
  );
  const to = ttl !== null && ttl.toMs > last && ttl.toMs - from <= ttlShare * (last - from) ? ttl.toMs : last;
  const more = (to - from) * 0.05;
  return { from: from - more, to: to + more };
}

function ttlShade(
  scale: Scale,
  ttl: NonNullable<SignalPicture['ttl']>,
  { bottom, goesOn }: { readonly bottom: number; readonly goesOn: boolean },
): readonly Markup[] {
  const place = { from: scale(ttl.fromMs), to: scale(ttl.toMs), top: 0, height: bottom };
  return [
    bar(place, 'shade ttl'),
    words(`TTL: ${inWords(ttl.toMs - ttl.fromMs)}${goesOn ? ' →' : ''}`, place.from + 1, 12),
  ];
}

const hourMs = 3_600_000;

const inWords = (ms: number): string =>
  ms < 60_000
    ? `${formatCount(ms)} ms`
    : ms < hourMs
      ? `${formatCount(ms / 60_000)} min`
      : `${formatCount(ms / hourMs)} h`;

function effectRow({ processed, effects }: SignalPicture, scale: Scale, top: number): readonly Markup[] {
  const className = processed === 1 ? 'effect right' : 'effect';
  const text = processedInWords(processed);
  const marks = effects.map(({ fromMs, toMs }) => ({
    from: fromMs === null ? 0 : scale(fromMs),
    to: scale(toMs),
    top: top + 3,
    height: effectHeight - 8,
  }));
  const last = marks.at(-1) ?? { from: 0, to: 0, top: top + 3, height: effectHeight - 8 };
  return [
    ...marks.map((place) => bar(place, className)),
    wordsBeside(text, last, processed === 1 ? 'words strong' : 'words wrong'),
  ];
}

function processedInWords(processed: number | null): string {
  if (processed === null) return 'what was processed is not known';
  if (processed === 0) return 'never processed';
  return processed === 1 ? 'processed once' : processed === 2 ? 'processed twice' : `processed ${processed} times`;
}

function alternative({ title, requests, processed, ttl }: SignalPicture): string {
  const told = requests
    .slice(0, 20)
    .map(({ fromMs, toMs, outcome, mark }) => `sent at ${fromMs} ms, ended at ${toMs} ms: ${mark ?? outcome}`);
  const life = ttl === null ? [] : [`It had to be remembered for ${inWords(ttl.toMs - ttl.fromMs)}.`];
  return [`${title}.`, `${told.join('; ')}.`, ...life, `${processedInWords(processed)}.`].join(' ');
}
