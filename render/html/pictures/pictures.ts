import { recordedOutcomes } from '../../../contract/journal/outcomes.ts';
import type { Picture } from '../../../contract/report/pictures.ts';
import type { Finding } from '../../../contract/report/report.ts';
import { formatSecond } from '../../formats.ts';
import { html, type Markup } from '../markup.ts';
import { drawEnd } from './end.ts';
import { drawGrowth } from './growth.ts';
import { drawSignal } from './signal.ts';
import { drawSlowest } from './slowest.ts';
import { drawWindow } from './window.ts';

/** The drawn evidence of a finding; null if there is none. */
export function pictures({ criterion, title, pictures: found = [] }: Finding): Markup | null {
  if (found.length === 0) return null;
  return html`<div class="pictures">${found.map(
    (
      picture,
      n,
    ) => html`<figure class="picture" id="picture-${criterion}-${n + 1}"><figcaption>${picture.title}</figcaption>
${drawn(picture)}
${outcomeKey(picture)}<p class="instant"><span>At ${formatSecond(picture.atSeconds)} of the run.</span><a href="#time-line" data-at="${String(picture.atSeconds)}" data-label="${title}">Show ${formatSecond(picture.atSeconds)} on the timeline</a></p>
</figure>
`,
  )}</div>`;
}

function drawn(picture: Picture): Markup {
  switch (picture.kind) {
    case 'window':
      return drawWindow(picture);
    case 'growth':
      return drawGrowth(picture);
    case 'signal':
      return drawSignal(picture);
    case 'end':
      return drawEnd(picture);
    case 'slowest':
      return drawSlowest(picture);
  }
}

/** What the colors of its requests mean. */
function outcomeKey(picture: Picture): Markup | null {
  if (!('requests' in picture)) return null;
  const seen = new Set(picture.requests.map(({ outcome }) => outcome));
  const shown = recordedOutcomes.filter((outcome) => seen.has(outcome));
  return html`<p class="key">${shown.map((outcome) => html`<span><svg class="swatch" aria-hidden="true" width="18" height="10"><rect class="request ${outcome}" width="18" height="10"/></svg>${outcome}</span>`)}</p>`;
}
