import type { DrawSignal } from './signal-picture.ts';

export const maxNamed = 5;
export const maxDrawn = 2;

/** Counts cases by phase and names the first few. */
export class Tally {
  count = 0;
  readonly named: string[] = [];
  readonly drawn: DrawSignal[] = [];
  readonly byPhase = new Map<string, number>();

  /** @param text is made only where it will be named: looking up an id is slow. */
  add(phase: string, text: () => string, draw?: DrawSignal): void {
    this.count += 1;
    this.byPhase.set(phase, (this.byPhase.get(phase) ?? 0) + 1);
    if (this.named.length < maxNamed) this.named.push(text());
    if (draw !== undefined && this.drawn.length < maxDrawn) this.drawn.push(draw);
  }
}
