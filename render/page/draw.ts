import uPlot from 'uplot';
import type { PageData } from './data.ts';
import type { Plot } from './plots.ts';

const height = 190;
const syncKey = 'time';

function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Scenarios as bands with their names, behind the lines. */
function drawWindows(u: uPlot, windows: PageData['windows']): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const ratio = devicePixelRatio;
  ctx.font = `${10 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  for (const { name, fromSeconds, toSeconds } of windows) {
    const left = u.valToPos(fromSeconds, 'x', true);
    const right = u.valToPos(toSeconds, 'x', true);
    ctx.fillStyle = variable('--band');
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = variable('--soft');
    const room = right - left - 6 * ratio;
    if (ctx.measureText(name).width <= room) ctx.fillText(name, left + 3 * ratio, bbox.top + 2 * ratio);
    else if (room > 6 * ratio) {
      ctx.save();
      ctx.translate(left + 3 * ratio, bbox.top + 3 * ratio);
      ctx.rotate(Math.PI / 2);
      ctx.textBaseline = 'bottom';
      ctx.fillText(name, 0, 0);
      ctx.restore();
    }
  }
  ctx.restore();
}

/** Alerts as red marks at the lower edge, each with a line up. */
function drawAlerts(u: uPlot, alerts: PageData['alerts']): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const size = 4 * ratio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.fillStyle = variable('--fail');
  ctx.strokeStyle = variable('--fail');
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 4 * ratio]);
  for (const { atSeconds } of alerts) {
    const x = u.valToPos(atSeconds, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bottom);
    ctx.lineTo(x, bbox.top);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - size, bottom);
    ctx.lineTo(x + size, bottom);
    ctx.lineTo(x, bottom - 1.6 * size);
    ctx.fill();
  }
  ctx.restore();
}

function format(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Draws every plot into `parent` on one shared time axis, and gives them back. */
export function drawPlots(parent: HTMLElement, plots: readonly Plot[], data: PageData): readonly uPlot[] {
  const drawn: uPlot[] = [];
  let zooming = false;

  /** The range that one plot was zoomed to becomes that of all. */
  function share(from: uPlot): void {
    const { min, max } = from.scales.x ?? {};
    if (zooming || min === undefined || max === undefined || min === null || max === null) return;
    zooming = true;
    for (const other of drawn) if (other !== from) other.setScale('x', { min, max });
    zooming = false;
  }

  for (const plot of plots) {
    const box = document.createElement('div');
    box.className = 'plot';
    box.id = `plot-${plot.id}`;
    const title = document.createElement('h3');
    title.textContent = `${plot.title} (${plot.unit})`;
    box.append(title);
    parent.append(box);
    if (plot.series.length === 0 || plot.seconds.length === 0) {
      const none = document.createElement('p');
      none.className = 'none';
      none.textContent = 'not recorded';
      box.append(none);
      continue;
    }
    const axis = {
      stroke: variable('--soft'),
      grid: { stroke: variable('--grid'), width: 1 },
      ticks: { stroke: variable('--grid') },
    };
    const u = new uPlot(
      {
        width: box.clientWidth,
        height,
        cursor: { sync: { key: syncKey }, drag: { x: true, y: false } },
        scales: {
          x: {
            time: false,
            range: (self, min, max) => (zooming || self.status === 0 ? [0, data.durationSeconds] : [min, max]),
          },
          y: { range: (_self, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          { ...axis, values: (_self, values) => values.map((value) => `${value} s`) },
          { ...axis, size: 56, values: (_self, values) => values.map(format) },
        ],
        series: [
          { label: 'time', value: (_self, value) => (value === null ? '–' : `${value.toFixed(1)} s`) },
          ...plot.series.map(({ label, colour }) => ({
            label,
            stroke: colour,
            width: 2,
            spanGaps: plot.id === 'health' || plot.id === 'connections',
            points: { show: plot.seconds.length < 40 },
            value: (_self: uPlot, value: number | null) => format(value),
          })),
        ],
        hooks: {
          drawClear: [(self) => drawWindows(self, data.windows)],
          draw: [(self) => drawAlerts(self, data.alerts)],
          setScale: [
            (self, key) => {
              if (key === 'x') share(self);
            },
          ],
        },
      },
      [[...plot.seconds], ...plot.series.map(({ values }) => [...values])],
      box,
    );
    drawn.push(u);
  }
  return drawn;
}
