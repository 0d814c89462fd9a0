import uPlot from 'uplot';
import type { PageData, TimeRange } from './data.ts';
import { csvButton } from './download.ts';
import { isolated } from './gaps.ts';
import { drawInstant, type Instant } from './instants.ts';
import { attachKeyboard, cursorKey, keyboardHelp } from './keyboard.ts';
import { Legend } from './legend.ts';
import { drawAlerts, drawStalls, drawThresholds, drawWindows } from './marks.ts';
import { alternative, type Plot, type PlotSeries } from './plots.ts';
import type { Theme } from './theme.ts';
import { attachTooltip } from './tooltip.ts';
import { formatValue } from './values.ts';

const plotHeight = 150;
/** One width for all value axes, so that a time lies at the same place in every plot. */
const valueAxisWidth = 54;
/** Room above the highest point, for the names of the scenarios. */
const headroom = 1.22;

/** What all plots of a page share. */
export interface PlotFrame {
  readonly data: PageData;
  readonly theme: Theme;
  readonly range: TimeRange;
  /** What is shown of it now. */
  readonly shown: () => TimeRange;
  /** Called with the part of the axis that was drawn over, or null for all of it. */
  readonly zoom: (range: TimeRange | null) => void;
  /** What is marked now; null for nothing. */
  readonly marked: () => Instant | null;
}

/** Draws one plot into `parent`: null if there is no line to draw; then it says "not recorded". */
export function drawPlot(parent: HTMLElement, plot: Plot, frame: PlotFrame): uPlot | null {
  const { box, head, unit } = boxOf(plot);
  parent.append(box);
  if (plot.series.length === 0) {
    box.classList.add('empty');
    unit.textContent = 'not recorded';
    return null;
  }

  const legend = new Legend(plot.series, frame.theme, (index, others) => toggle(u, index, others));
  head.append(legend.element, csvButton(plot));
  let showTooltip = (): void => {};
  const u = new uPlot(
    {
      ...optionsOf(plot, frame),
      width: box.clientWidth,
      height: plotHeight,
      hooks: {
        ...drawingHooks(plot, frame),
        setCursor: [(self) => legend.show(self), () => showTooltip()],
        setSeries: [(self) => legend.show(self)],
        setSelect: [(self) => zoomToSelection(self, frame.zoom)],
      },
    },
    [[...plot.seconds], ...plot.series.map(({ values }) => [...values])],
    box,
  );
  showTooltip = attachTooltip(u, frame.data);
  attachKeyboard(u, { range: frame.shown, zoom: frame.zoom });
  u.root.setAttribute('role', 'application');
  u.root.setAttribute('aria-label', `${alternative(plot)}; ${keyboardHelp}`);
  legend.show(u);
  return u;
}

/** The figure of a plot with its title and unit. */
function boxOf(plot: Plot): {
  readonly box: HTMLElement;
  readonly head: HTMLElement;
  readonly unit: HTMLElement;
} {
  const box = document.createElement('figure');
  box.className = 'plot';
  box.id = `plot-${plot.id}`;
  const head = document.createElement('figcaption');
  const title = document.createElement('h3');
  const unit = document.createElement('span');
  title.textContent = plot.title;
  unit.textContent = plot.unit;
  title.append(unit);
  head.append(title);
  box.append(head);
  return { box, head, unit };
}

function optionsOf(plot: Plot, { theme, range, zoom }: PlotFrame): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    legend: { show: false },
    padding: [6, 20, 0, 0],
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      // Plots share only where the pointer is: a selection on one plot becomes the range of all through `zoom`.
      sync: {
        key: cursorKey,
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true },
      },
      bind: {
        dblclick: () => () => {
          zoom(null);
          return null;
        },
      },
      dataIdx: (self, line, place) => lastKnown(self.data[line] ?? [], place),
    },
    scales: {
      x: { time: false, auto: false, min: range.min, max: range.max },
      y: { range: (_self, _min, max) => [0, Math.max(plot.top ?? 0, max) * headroom || 1] },
    },
    axes: [
      {
        ...axisStyle(theme),
        size: 24,
        values: (_self, values) => values.map((value) => `${formatValue(value)} s`),
      },
      { ...axisStyle(theme), size: valueAxisWidth, values: (_self, values) => values.map(formatValue) },
    ],
    series: [{}, ...plot.series.map((line, n) => seriesOf(line, plot, theme, n))],
  };
}

function drawingHooks({ thresholds }: Plot, { data, theme, marked }: PlotFrame): uPlot.Hooks.Arrays {
  return {
    drawClear: [(self) => drawWindows(self, data.windows, theme), (self) => drawStalls(self, data.stalls, theme)],
    draw: [
      (self) => drawThresholds(self, thresholds, theme),
      (self) => drawAlerts(self, data.alerts, theme),
      (self) => drawInstant(self, marked(), theme),
    ],
  };
}

function zoomToSelection(u: uPlot, zoom: PlotFrame['zoom']): void {
  const { left, width } = u.select;
  if (width < 4) return;
  zoom({ min: u.posToVal(left, 'x'), max: u.posToVal(left + width, 'x') });
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function axisStyle(theme: Theme): uPlot.Axis {
  const grid = { stroke: theme.variable('--grid'), width: 1 };
  return {
    stroke: theme.variable('--soft'),
    font: '11px system-ui, sans-serif',
    gap: 4,
    grid,
    ticks: { ...grid, size: 4 },
  };
}

function seriesOf({ label, color, dashed, values }: PlotSeries, plot: Plot, theme: Theme, n: number): uPlot.Series {
  const stroke = theme.line(color);
  const alone = isolated(values);
  const steps = plot.stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label,
    stroke,
    width: 1.75,
    points: { show: false, size: 5, width: 0, fill: stroke, filter: () => alone },
    ...(dashed ? { dash: [5, 3] } : {}),
    ...(steps === undefined ? {} : { paths: steps }),
    // Only under the lowest line: a fill over another line would change its color.
    ...(plot.stepped && n === 0 ? { fill: `${stroke}22` } : {}),
  };
}

/** Hides or shows one line; with `others`, shows it alone, or all again. */
function toggle(u: uPlot, index: number, others: boolean): void {
  const lines = u.series.slice(1);
  if (!others) {
    u.setSeries(index + 1, { show: lines[index]?.show === false });
    return;
  }
  const alone = lines.every(({ show }, n) => (n === index) === (show !== false));
  lines.forEach((_, n) => {
    u.setSeries(n + 1, { show: alone || n === index });
  });
}

/** The place of the last sample with a value, at or before `place`, not across a gap. */
function lastKnown(values: ArrayLike<number | null | undefined>, place: number): number {
  let known = place;
  while (known > 0 && values[known] === undefined) known -= 1;
  return known;
}
