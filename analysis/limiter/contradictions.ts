import type { WindowPicture } from '../../contract/report/pictures.ts';

/** Something that a limiter of the declared kind cannot have done, if its clock ran evenly. */
export interface Contradiction {
  /** A step of the server's clock explains it only if it happened in this time. */
  readonly fromUs: number;
  readonly toUs: number;
  /** More than one step of the clock could explain, whenever it happened. */
  readonly beyondOneStep: boolean;
  readonly text: () => string;
  readonly picture?: () => WindowPicture;
}

const maxTexts = 10;
const maxPictures = 2;

/** Steps of a clock, and what they do to a limiter, are taken to be over after this and a window. */
export const longestStepUs = 2_000_000;

/**
 * Contradictions of one sort. Limiters read a wall clock, and a step of it lets a healthy one admit a window's worth again, or
 * refuse until the clock has caught up. The ledger cannot see the step, but it is at one instant: what lies around one
 * instant alone proves nothing, two contradictions apart in time do.
 */
export class Contradictions {
  count = 0;
  /** Made only when asked for: nearly all are never shown, and finding a signal's id takes a search. */
  private readonly shown: (() => string)[] = [];
  private readonly drawn: (() => WindowPicture)[] = [];
  private latestFromUs = Number.NEGATIVE_INFINITY;
  private earliestToUs = Number.POSITIVE_INFINITY;
  private beyondOneStep = false;

  add({ fromUs, toUs, beyondOneStep, text, picture }: Contradiction): void {
    this.count += 1;
    this.latestFromUs = Math.max(this.latestFromUs, fromUs);
    this.earliestToUs = Math.min(this.earliestToUs, toUs);
    this.beyondOneStep ||= beyondOneStep;
    if (this.shown.length < maxTexts) this.shown.push(text);
    if (picture !== undefined && this.drawn.length < maxPictures) this.drawn.push(picture);
  }

  addAll(others: Contradictions): void {
    this.count += others.count;
    this.latestFromUs = Math.max(this.latestFromUs, others.latestFromUs);
    this.earliestToUs = Math.min(this.earliestToUs, others.earliestToUs);
    this.beyondOneStep ||= others.beyondOneStep;
    this.shown.push(...others.shown.slice(0, maxTexts - this.shown.length));
    this.drawn.push(...others.drawn.slice(0, maxPictures - this.drawn.length));
  }

  /** The first of them in words. */
  get texts(): readonly string[] {
    return this.shown.map((text) => text());
  }

  /** The first of them, to be drawn. */
  get pictures(): readonly WindowPicture[] {
    return this.drawn.map((picture) => picture());
  }

  /** The instants around which each of them lies, if there is one. */
  get around(): { readonly fromUs: number; readonly toUs: number } | null {
    const [fromUs, toUs] = [this.latestFromUs, this.earliestToUs];
    return this.count > 0 && fromUs <= toUs ? { fromUs, toUs } : null;
  }

  /** Whether no single step of the server's clock explains them all. */
  get proven(): boolean {
    return this.count > 0 && (this.beyondOneStep || this.latestFromUs > this.earliestToUs);
  }
}
