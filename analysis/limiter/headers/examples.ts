const maxTexts = 3;

/** How often something was seen, and the first texts that differ in kind. */
export class Examples {
  count = 0;
  private readonly byKind = new Map<string, string>();

  add(kind: string, text: string): void {
    this.count += 1;
    if (this.byKind.size < maxTexts && !this.byKind.has(kind)) this.byKind.set(kind, text);
  }

  get texts(): readonly string[] {
    return [...this.byKind.values()];
  }
}
