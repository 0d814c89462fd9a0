import type { Status } from '../../contract/report/criteria.ts';
import { statusWords } from '../status-words.ts';
import { html, type Markup } from './markup.ts';

/** A status by color, symbol and word. */
export function badge(status: Status): Markup {
  const { symbol, word } = statusWords[status];
  return html`<span class="badge ${status}"><span class="symbol" aria-hidden="true">${symbol}</span>${word}</span>`;
}
