import type uPlot from 'uplot';
import type { PageAlert, PageData } from './data.ts';
import type { Plot } from './plots.ts';
import type { Theme } from './theme.ts';

const labelFont = (ratio: number): string => `${10.5 * ratio}px system-ui, sans-serif`;

function clipped(u: uPlot, draw: (ctx: CanvasRenderingContext2D, ratio: number) => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, devicePixelRatio);
  ctx.restore();
}

/** Scenarios as bands with their names, behind the lines. A name that does not fit stands upright, or is left out. */
export function drawWindows(u: uPlot, windows: PageData['windows'], theme: Theme): void {
  const { top, height } = u.bbox;
  clipped(u, (ctx, ratio) => {
    ctx.font = labelFont(ratio);
    // uPlot leaves behind what it last wrote its axes with.
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    for (const { name, fromSeconds, toSeconds } of windows) {
      const left = Math.round(u.valToPos(fromSeconds, 'x', true));
      const right = Math.round(u.valToPos(toSeconds, 'x', true));
      ctx.fillStyle = theme.variable('--band');
      ctx.fillRect(left, top, right - left, height);
      ctx.fillStyle = theme.variable('--band-edge');
      ctx.fillRect(left, top, ratio, height);
      ctx.fillRect(right - ratio, top, ratio, height);
      ctx.fillStyle = theme.variable('--soft');
      const visibleLeft = Math.max(left, u.bbox.left);
      const room = Math.min(right, u.bbox.left + u.bbox.width) - visibleLeft;
      if (ctx.measureText(name).width + 8 * ratio <= room) {
        ctx.fillText(name, visibleLeft + 5 * ratio, top + 9 * ratio);
      } else if (room >= 12 * ratio) {
        ctx.save();
        ctx.translate(visibleLeft + room / 2, top + 4 * ratio);
        ctx.rotate(Math.PI / 2);
        ctx.fillText(name, 0, 0);
        ctx.restore();
      }
    }
  });
}

/** Where the generator stalled, hatched. */
export function drawStalls(u: uPlot, stalls: PageData['stalls'], theme: Theme): void {
  const { top, height } = u.bbox;
  clipped(u, (ctx, ratio) => {
    ctx.strokeStyle = theme.variable('--stall');
    ctx.lineWidth = ratio;
    for (const { fromSeconds, toSeconds } of stalls) {
      const left = u.valToPos(fromSeconds, 'x', true);
      const width = Math.max(3 * ratio, u.valToPos(toSeconds, 'x', true) - left);
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, width, height);
      ctx.clip();
      ctx.beginPath();
      for (let y = top - width; y < top + height; y += 5 * ratio) {
        ctx.moveTo(left, y + width);
        ctx.lineTo(left + width, y);
      }
      ctx.stroke();
      ctx.restore();
    }
  });
}

/** Thresholds of criteria as fine dotted lines, each with its words at the right. */
export function drawThresholds(u: uPlot, thresholds: Plot['thresholds'], theme: Theme): void {
  const { left, top, width } = u.bbox;
  clipped(u, (ctx, ratio) => {
    ctx.font = labelFont(ratio);
    ctx.textAlign = 'right';
    ctx.textBaseline = 'bottom';
    ctx.strokeStyle = ctx.fillStyle = theme.variable('--threshold');
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    for (const { value, label } of thresholds) {
      const y = Math.round(u.valToPos(value, 'y', true)) + 0.5;
      if (y < top + 12 * ratio) continue;
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      if (ctx.measureText(label).width > width / 3) continue;
      ctx.save();
      ctx.setLineDash([]);
      ctx.lineWidth = 4 * ratio;
      ctx.strokeStyle = theme.variable('--card');
      ctx.strokeText(label, left + width - 4 * ratio, y - ratio);
      ctx.restore();
      ctx.fillText(label, left + width - 4 * ratio, y - ratio);
    }
  });
}

const markSize = 4;

/** Alerts as upright lines, each with a symbol at its foot: a cross, a triangle or a dot by its weight. */
export function drawAlerts(u: uPlot, alerts: readonly PageAlert[], theme: Theme): void {
  const { left, top, width, height } = u.bbox;
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const size = markSize * ratio;
  const foot = top + height;
  ctx.save();
  for (const { atSeconds, weight } of alerts) {
    const x = Math.round(u.valToPos(atSeconds, 'x', true)) + 0.5;
    if (x < left || x > left + width + 1) continue;
    ctx.strokeStyle = ctx.fillStyle = theme.variable(`--${weight}`);
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.globalAlpha = weight === 'plain' ? 0.5 : 0.85;
    ctx.beginPath();
    ctx.moveTo(x, foot);
    ctx.lineTo(x, top);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    ctx.beginPath();
    if (weight === 'grave') {
      ctx.lineWidth = 2 * ratio;
      ctx.moveTo(x - size, foot - size);
      ctx.lineTo(x + size, foot + size);
      ctx.moveTo(x + size, foot - size);
      ctx.lineTo(x - size, foot + size);
      ctx.stroke();
    } else if (weight === 'notable') {
      ctx.moveTo(x - size, foot + size);
      ctx.lineTo(x + size, foot + size);
      ctx.lineTo(x, foot - size);
      ctx.fill();
    } else {
      ctx.arc(x, foot, 0.7 * size, 0, 2 * Math.PI);
      ctx.fill();
    }
  }
  ctx.restore();
}
