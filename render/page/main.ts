import 'uplot/dist/uPlot.min.css';
import './page.css';
import type { PageData } from './data.ts';
import { drawPlots } from './draw.ts';
import { plotsOf } from './plots.ts';

/** What was drawn, for tests and scripts: window.stressReport. */
interface Drawn {
  readonly plots: readonly {
    readonly id: string;
    readonly series: readonly { readonly label: string; readonly colour: string; readonly points: number }[];
  }[];
}

declare global {
  interface Window {
    stressReport?: Drawn;
  }
}

const element = document.getElementById('data');
const parent = document.getElementById('plots');
if (element === null || parent === null) throw new Error('the report lacks its data');
// The text was written by render/html.ts of the same version.
const data: PageData = JSON.parse(element.textContent ?? '');
const plots = plotsOf(data);

let drawn = drawPlots(parent, plots, data);
new ResizeObserver(() => {
  for (const plot of drawn) {
    const width = plot.root.parentElement?.clientWidth ?? plot.width;
    if (Math.abs(width - plot.width) > 1) plot.setSize({ width, height: plot.height });
  }
}).observe(parent);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const plot of drawn) plot.destroy();
  parent.replaceChildren();
  drawn = drawPlots(parent, plots, data);
});

window.stressReport = {
  plots: plots.map(({ id, series }) => ({
    id,
    series: series.map(({ label, colour, values }) => ({
      label,
      colour,
      points: values.filter((value) => value !== null).length,
    })),
  })),
};
