import { csvOf } from './csv.ts';
import type { Plot } from './plots.ts';

/** A button that makes the CSV of a plot in the page and hands it to the browser. */
export function csvButton(plot: Plot): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'csv';
  button.textContent = 'CSV';
  button.setAttribute('aria-label', `Values of “${plot.title}” as CSV`);
  button.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([csvOf(plot)], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `webhook-stress-${plot.id}.csv`;
    link.click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });
  return button;
}
