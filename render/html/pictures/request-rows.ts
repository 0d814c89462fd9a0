import type { DrawnRequest } from '../../../contract/report/pictures.ts';
import { html, type Markup } from '../markup.ts';
import { bar, type Place, type Scale, wordsBeside } from './svg.ts';

/** A request on a row of its own, with what is said beside it. */
export interface Row {
  readonly request: DrawnRequest;
  readonly label: string | null;
}

/** Words need a row of this height. */
const wordsHeight = 15;

const rowHeight = (count: number): number => (count <= 16 ? 13 : count <= 40 ? 8 : 5);

function heightOf({ label }: Row, count: number): number {
  return label === null ? rowHeight(count) : Math.max(wordsHeight, rowHeight(count));
}

export function rowsHeight(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + heightOf(row, rows.length), 0) + 4;
}

/** A bar a request, from send to answer, in the color of its outcome. */
export function requestRows(rows: readonly Row[], scale: Scale, top: number): readonly Markup[] {
  let y = top + 2;
  return rows.map((row) => {
    const { request, label } = row;
    const { fromMs, toMs, outcome, mark } = request;
    const height = heightOf(row, rows.length);
    const place: Place = { from: scale(fromMs), to: scale(toMs), top: y + 1, height: height - 3 };
    y += height;
    const className = `request ${outcome}${mark === null ? '' : ' marked'}`;
    return html`${bar(place, className)}${label === null ? null : wordsBeside(label, place, mark === null ? 'words' : 'words wrong')}`;
  });
}
