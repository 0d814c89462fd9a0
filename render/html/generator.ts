import type { Report } from '../../contract/report/report.ts';
import { formatCount, formatDuration, formatSecond } from '../formats.ts';
import { html, type Markup } from './markup.ts';

/** Whether the load generator kept its own schedule; what it could not do is never the server's fault. */
export function generatorFacts({ generator }: Report): Markup {
  const { droppedIterations, stalls, requestsInStalls } = generator;
  if (droppedIterations === 0 && stalls.length === 0) {
    return html`<p class="good"><span class="pass" aria-hidden="true">✓</span> The generator kept its schedule: no dropped iterations, no stalls.</p>`;
  }
  return html`<dl class="facts">
<dt>Dropped iterations</dt><dd>${formatCount(droppedIterations)}</dd>
<dt>Stalls</dt><dd>${formatCount(stalls.length)}, with ${formatCount(requestsInStalls)} requests in them, which do not count for response times</dd>
</dl>${stalls.length === 0 ? null : html`<ul class="stalls">${stalls.map(({ fromSeconds, toSeconds }) => html`<li>at ${formatSecond(fromSeconds)} for ${formatDuration(toSeconds - fromSeconds)}</li>`)}</ul>`}`;
}
