import uPlot from 'uplot';
import type { TimeRange } from './data.ts';

/** Plots of one key move their cursors together. */
export const cursorKey = 'time';

const step = 0.01;
const longStep = 0.1;
const zoomFactor = 2;

export const keyboardHelp = 'arrow keys move the cursor, + and − zoom, Escape shows all';

interface Zoomable {
  readonly range: () => TimeRange;
  readonly zoom: (range: TimeRange | null) => void;
}

/** Lets the keyboard do on a plot what the pointer does: move the cursor of all, zoom around it, show all again. */
export function attachKeyboard(u: uPlot, { range, zoom }: Zoomable): void {
  u.root.tabIndex = 0;
  u.root.addEventListener('keydown', (event) => {
    const width = u.over.clientWidth;
    const left = Math.max(0, u.cursor.left ?? 0);
    const by = (event.shiftKey ? longStep : step) * width;
    switch (event.key) {
      case 'ArrowLeft':
        moveTo(Math.max(0, left - by));
        break;
      case 'ArrowRight':
        moveTo(Math.min(width, left + by));
        break;
      case '+':
        zoom(around(u.posToVal(left, 'x'), range(), 1 / zoomFactor));
        break;
      case '-':
        zoom(around(u.posToVal(left, 'x'), range(), zoomFactor));
        break;
      case 'Escape':
        zoom(null);
        break;
      default:
        return;
    }
    event.preventDefault();
  });
  u.root.addEventListener('blur', () => moveTo(-10));
}

function moveTo(left: number): void {
  for (const plot of uPlot.sync(cursorKey).plots) plot.setCursor({ left, top: left < 0 ? -10 : 10 });
}

/** A part of the axis that is larger or smaller by a factor; `seconds` stays where it is. */
export function around(seconds: number, { min, max }: TimeRange, factor: number): TimeRange {
  return { min: seconds - (seconds - min) * factor, max: seconds + (max - seconds) * factor };
}
