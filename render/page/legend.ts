import type uPlot from 'uplot';
import type { PlotSeries } from './plots.ts';
import type { Theme } from './theme.ts';
import { formatValue } from './values.ts';

/** The names of a plot's lines, each a button that hides and shows its line; at the cursor they say its values. */
export class Legend {
  readonly element = document.createElement('div');
  private readonly entries: readonly { readonly button: HTMLButtonElement; readonly value: HTMLElement }[];

  /** @param toggle is told the index of the line and whether all others are meant. */
  constructor(series: readonly PlotSeries[], theme: Theme, toggle: (index: number, others: boolean) => void) {
    this.element.className = 'legend';
    this.entries = series.map(({ label, color, dashed }, index) => {
      const button = document.createElement('button');
      const swatch = document.createElement('i');
      const value = document.createElement('b');
      button.type = 'button';
      swatch.style.borderTop = `3px ${dashed ? 'dashed' : 'solid'} ${theme.line(color)}`;
      button.append(swatch, label, value);
      button.addEventListener('click', (event) => toggle(index, event.ctrlKey || event.metaKey));
      return { button, value };
    });
    this.element.append(...this.entries.map(({ button }) => button));
  }

  show(u: uPlot): void {
    this.entries.forEach(({ button, value }, n) => {
      const place = u.cursor.idxs?.[n + 1];
      const at = place === null || place === undefined ? null : u.data[n + 1]?.[place];
      value.textContent = formatValue(at);
      button.setAttribute('aria-pressed', String(u.series[n + 1]?.show !== false));
    });
  }
}
