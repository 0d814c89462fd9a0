import { percent } from '../../contract/report/figures.ts';
import type { Report } from '../../contract/report/report.ts';
import { formatCount, formatDuration, formatSecond } from '../formats.ts';
import { html, type Markup } from './markup.ts';

type Spans = Report['generator']['stalls'];

function spanList(spans: Spans): Markup | null {
  if (spans.length === 0) return null;
  return html`<ul class="stalls">${spans.map(({ fromSeconds, toSeconds }) => html`<li>at ${formatSecond(fromSeconds)} for ${formatDuration(toSeconds - fromSeconds)}</li>`)}</ul>`;
}

/** Whether the load generator kept its own schedule; what it could not do is never the server's fault. */
export function generatorFacts({ generator }: Report): Markup {
  const { droppedIterations, stalls, requestsInStalls, saturated, requestsInSaturation, maxCpuShare, unsent } =
    generator;
  const cpu = maxCpuShare === null ? '' : ` It used at most ${percent(maxCpuShare)} of its CPU.`;
  if (droppedIterations === 0 && stalls.length === 0 && saturated.length === 0 && unsent.length === 0) {
    return html`<p class="good"><span class="pass" aria-hidden="true">✓</span> The generator kept its schedule: all was sent, no dropped iterations, no stalls.${cpu}</p>`;
  }
  return html`<dl class="facts">
<dt>Dropped iterations</dt><dd>${formatCount(droppedIterations)}</dd>
<dt>Stalls</dt><dd>${formatCount(stalls.length)}, with ${formatCount(requestsInStalls)} requests in them, which do not count for response times</dd>
${
  saturated.length === 0
    ? null
    : html`<dt>No CPU to spare</dt><dd>${formatCount(saturated.length)} times, with ${formatCount(requestsInSaturation)} requests in them, which by themselves are not held against the server.${cpu}</dd>
`
}${unsent.map(
  ({
    cause,
    remedy,
    requests,
  }) => html`<dt>Never sent</dt><dd>${formatCount(requests)} requests: ${cause}: ${remedy}</dd>
`,
)}</dl>${spanList(stalls)}`;
}
