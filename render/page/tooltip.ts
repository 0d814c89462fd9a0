import type uPlot from 'uplot';
import { formatSecond } from '../formats.ts';
import type { PageData } from './data.ts';

/** Alerts this near to the cursor are told. */
const nearPixels = 6;
const alertsTold = 4;

/** At the cursor of one plot: the time, the scenario, and the alerts nearby. */
export function attachTooltip(u: uPlot, { windows, alerts }: PageData): () => void {
  const box = document.createElement('div');
  box.className = 'tooltip';
  box.hidden = true;
  u.over.append(box);

  return () => {
    const { left } = u.cursor;
    // Synced cursors move on every plot; only the one under the pointer tells.
    if (left === undefined || left < 0 || (!u.over.matches(':hover') && document.activeElement !== u.root)) {
      box.hidden = true;
      return;
    }
    const seconds = u.posToVal(left, 'x');
    const scenario = windows.find(({ fromSeconds, toSeconds }) => fromSeconds <= seconds && seconds <= toSeconds);
    const near = alerts.filter(({ atSeconds }) => Math.abs(u.valToPos(atSeconds, 'x') - left) <= nearPixels);
    box.replaceChildren(
      row('when', scenario === undefined ? formatSecond(seconds) : `${formatSecond(seconds)} · ${scenario.name}`),
      ...near
        .slice(0, alertsTold)
        .map(({ atSeconds, kind, weight, message }) => row(weight, `${formatSecond(atSeconds)} ${kind}: ${message}`)),
      ...(near.length > alertsTold ? [row('plain', `and ${near.length - alertsTold} more alerts`)] : []),
    );
    box.hidden = false;
    const right = left > u.over.clientWidth / 2;
    box.style.left = right ? 'auto' : `${left + 10}px`;
    box.style.right = right ? `${u.over.clientWidth - left + 10}px` : 'auto';
  };
}

function row(className: string, text: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  element.textContent = text;
  return element;
}
