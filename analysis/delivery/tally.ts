const maxNamed = 5;

/** Counts cases by phase and names the first few. */
export class Tally {
  count = 0;
  readonly named: string[] = [];
  readonly byPhase = new Map<string, number>();

  /** @param text is made only where it will be named: looking up an id is slow. */
  add(phase: string, text: () => string): void {
    this.count += 1;
    this.byPhase.set(phase, (this.byPhase.get(phase) ?? 0) + 1);
    if (this.named.length < maxNamed) this.named.push(text());
  }
}
