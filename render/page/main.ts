import 'uplot/dist/uPlot.min.css';
import './style/theme.css';
import './style/base.css';
import './style/banner.css';
import './style/cards.css';
import './style/tables.css';
import './style/plots.css';
import './style/pictures.css';
import './style/narrow.css';
import './style/print.css';
import type uPlot from 'uplot';
import type { PageData, TimeRange } from './data.ts';
import { drawPlot } from './draw.ts';
import { type Instant, inWords, onInstant, rangeAround } from './instants.ts';
import { plotsOf, pointCount } from './plots.ts';
import { currentTheme, darkScheme } from './theme.ts';

/** What stands on the page, for tests and for people who script it. One entry a series in each of the three lists. */
interface StressReport {
  readonly plots: readonly {
    readonly id: string;
    readonly seriesLabels: readonly string[];
    /** Points that are not null. */
    readonly points: readonly number[];
    readonly colors: readonly string[];
  }[];
}

declare global {
  interface Window {
    stressReport?: StressReport;
  }
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the report has no element "${id}"`);
  return found;
}

/** Width of a plot on an A4 sheet. */
const paperWidth = 680;

// Written by render/html.ts of the same version.
const data: PageData = JSON.parse(element('data').textContent ?? '');
const parent = element('plots');
const resetButton = element('reset');
const plots = plotsOf(data);
const everything: TimeRange = { min: 0, max: Math.max(data.durationSeconds, 1) };

let range = everything;
let marked: Instant | null = null;
let drawn: readonly (uPlot | null)[] = [];

/** No zoom goes beyond the run, or nearer than a millisecond. */
function within({ min, max }: TimeRange): TimeRange {
  const from = Math.max(everything.min, min);
  return { min: from, max: Math.max(from + 0.001, Math.min(everything.max, max)) };
}

function zoom(to: TimeRange | null): void {
  range = to === null ? everything : within(to);
  resetButton.hidden = to === null && marked === null;
  for (const u of drawn) u?.setScale('x', { min: range.min, max: range.max });
}

function mark(instant: Instant | null): void {
  marked = instant;
  element('marked').textContent = instant === null ? '' : inWords(instant);
  zoom(instant === null ? null : rangeAround(instant, range, everything));
  for (const u of drawn) u?.redraw(false);
}

function draw(printing: boolean): void {
  const hidden = drawn.map((u) => u?.series.map(({ show }) => show === false) ?? []);
  for (const u of drawn) u?.destroy();
  const theme = currentTheme(printing);
  parent.replaceChildren();
  drawn = plots.map((plot) =>
    drawPlot(parent, plot, { data, theme, range, shown: () => range, zoom, marked: () => marked }),
  );
  drawn.forEach((u, n) => {
    hidden[n]?.forEach((isHidden, line) => {
      if (isHidden) u?.setSeries(line, { show: false });
    });
  });
  window.stressReport = {
    plots: plots.map(({ id, series }, n) => ({
      id,
      seriesLabels: series.map(({ label }) => label),
      points: drawn[n]?.data.slice(1).map((values) => pointCount([...values])) ?? [],
      colors: series.map(({ color }) => theme.line(color)),
    })),
  };
}

function fit(width: (u: uPlot) => number): void {
  for (const u of drawn) {
    if (u !== null && u.width !== width(u)) u.setSize({ width: width(u), height: u.height });
  }
}

draw(false);
resetButton.addEventListener('click', () => mark(null));
onInstant(mark);
darkScheme.addEventListener('change', () => draw(false));
new ResizeObserver(() => fit((u) => u.root.parentElement?.clientWidth ?? u.width)).observe(parent);

let unfolded: readonly HTMLDetailsElement[] = [];
addEventListener('beforeprint', () => {
  unfolded = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
  for (const details of unfolded) details.open = true;
  draw(true);
  fit(() => paperWidth);
});
addEventListener('afterprint', () => {
  for (const details of unfolded) details.open = false;
  draw(false);
});
