import type { Ledger } from '../journal/ledger.ts';
import type { Span } from '../journal/timeline.ts';
import { commonSpans, coveredUs, mergedSpans, touchesSpan } from './spans.ts';

const none: readonly Span[] = [];

type SpanOfOne = Span & { readonly generator: number };

/** Times in which what a generator measured says nothing on the server: each concerns the requests of that generator alone. */
export class GeneratorSpans {
  private readonly given: readonly SpanOfOne[];
  private readonly byGenerator: ReadonlyMap<number, readonly Span[]>;

  constructor(spans: readonly SpanOfOne[]) {
    const groups = new Map<number, Span[]>();
    for (const span of spans) {
      const group = groups.get(span.generator);
      if (group === undefined) groups.set(span.generator, [span]);
      else group.push(span);
    }
    this.given = spans;
    this.byGenerator = new Map([...groups].map(([generator, group]) => [generator, mergedSpans(group)]));
  }

  get areNone(): boolean {
    return this.byGenerator.size === 0;
  }

  /** Those of one generator, in order of time and apart. */
  of(generator: number): readonly Span[] {
    return this.byGenerator.get(generator) ?? none;
  }

  /** Those in which it was so with one generator at least, in order of time and apart. */
  ofAny(generators: readonly number[] = [...this.byGenerator.keys()]): readonly Span[] {
    return mergedSpans(generators.flatMap((generator) => this.of(generator)));
  }

  /** Those in which it was so with all of these generators at once. */
  ofAll([first, ...others]: readonly number[]): readonly Span[] {
    if (first === undefined) return none;
    return others.reduce((common, other) => commonSpans(common, this.of(other)), this.of(first));
  }

  /** These and others. */
  and(others: GeneratorSpans): GeneratorSpans {
    return others.areNone ? this : new GeneratorSpans([...this.given, ...others.given]);
  }

  /** Whether a request overlaps one of its own generator's. */
  overlap(ledger: Ledger, at: number): boolean {
    if (this.areNone) return false;
    return touchesSpan(this.of(ledger.generatorOf(at)), ledger.notedSendUs(at), ledger.notedEndUs(at));
  }

  /** For how much of its time a request overlaps its own generator's. */
  overlapUs(ledger: Ledger, at: number): number {
    return coveredUs(this.of(ledger.generatorOf(at)), { fromUs: ledger.notedSendUs(at), toUs: ledger.notedEndUs(at) });
  }

  /** How many requests do. */
  requestsIn(ledger: Ledger | null): number {
    if (ledger === null || this.areNone) return 0;
    let count = 0;
    for (let at = 0; at < ledger.length; at += 1) if (this.overlap(ledger, at)) count += 1;
    return count;
  }
}

export const noSpans = new GeneratorSpans([]);
