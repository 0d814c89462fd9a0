import type { PromisedRange } from '../../contract/journal/promised-ranges.ts';
import type { GeneratorEnd } from './generator.ts';

/** How a generator ended. */
export interface LoadEnd {
  readonly id: string;
  readonly end: GeneratorEnd;
  /** What went wrong with one of several, beside its exit; null: nothing. */
  readonly problem: string | null;
}

export interface LoadOptions {
  /** Takes at once what goes wrong with one of several generators. */
  tell(problem: string): void;
  /** What these generators, which have ended, were promised; null if it is too much to say. */
  promisedTo(generators: readonly string[]): readonly PromisedRange[] | null;
  /** One of several whose REST API is silent for so long hangs, and is killed. */
  readonly silentMs: number;
}

/** The load of one scenario, by all generators. */
export interface Load {
  /** Resolves when all have ended. */
  readonly ended: Promise<readonly LoadEnd[]>;
  /** Ends the load, and lets what follows it run: read-back and the end of each file. */
  endLoad(): void;
  /** Asks all to end. */
  interrupt(): void;
  kill(): void;
}
