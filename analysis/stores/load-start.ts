import type { Run } from '../interpret/run.ts';

/** When the first scenario began: what a store did before it, such as starting up beside the server, is not of this run's load. */
export const loadStartUs = ({ scenarios, manifest }: Run): number =>
  scenarios[0]?.window.startedAtUs ?? manifest.startedAtUs;

/** From the last line before the load on: what came later is compared with it. */
export function sinceLoad<Line extends { readonly atUs: number }>(run: Run, lines: readonly Line[]): readonly Line[] {
  const fromUs = loadStartUs(run);
  const first = lines.findIndex(({ atUs }) => atUs >= fromUs);
  return first === -1 ? lines.slice(-1) : lines.slice(Math.max(0, first - 1));
}
