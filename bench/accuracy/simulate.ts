import type { Judgement } from '../../analysis/rules/rule.ts';
import { cleanShapes, lazyShapes } from './clean-shapes.ts';
import { type Band, bandOf, type Counts, isWrong, type Verdict, verdictOf } from './confusion.ts';
import { leakingShapes } from './leaking-shapes.ts';
import type { Noise } from './memory-model.ts';
import type { SimulatedResult } from './results.ts';
import type { Shape } from './shape.ts';
import { judgeSimulated } from './simulated-run.ts';

/** A leak has several sizes under one name. */
export const shapesByName: ReadonlyMap<string, readonly Shape[]> = (() => {
  const found = new Map<string, Shape[]>();
  for (const shape of [...cleanShapes, ...lazyShapes, ...leakingShapes]) {
    const same = found.get(shape.name);
    if (same === undefined) found.set(shape.name, [shape]);
    else same.push(shape);
  }
  return found;
})();

const maxWrong = 3;

export interface JudgedRun {
  readonly band: Band;
  readonly verdict: Verdict;
  readonly judgement: Judgement;
}

export function judgedRun(shape: Shape, noise: Noise, seed: number): JudgedRun {
  const judgement = judgeSimulated(shape, noise, seed);
  const stated = (of: string): number | null => judgement.measures?.find(({ name }) => name === of)?.value ?? null;
  const outside = shape.isOutsideHeap === true ? stated('smallest-visible-leak-outside-heap') : null;
  const smallest = outside ?? stated('smallest-visible-leak');
  const band = bandOf(shape.truth, shape.bytesPerRequest, smallest);
  return { band, verdict: verdictOf(judgement), judgement };
}

/** Every shape of one name, at one level of noise, with the seeds 1 to `seeds`. */
export function simulate(
  shapes: readonly Shape[],
  noise: Noise,
  seeds: number,
): Pick<SimulatedResult, 'counts' | 'wrong'> {
  const counts: Partial<Record<Band, Counts>> = {};
  const wrong: SimulatedResult['wrong'] = [];
  for (const shape of shapes) {
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { band, verdict } = judgedRun(shape, noise, seed);
      const before = counts[band] ?? {};
      counts[band] = { ...before, [verdict]: (before[verdict] ?? 0) + 1 };
      if (isWrong(band, verdict)) wrong.push({ seed, bytesPerRequest: shape.bytesPerRequest, verdict });
    }
  }
  return { counts, wrong: wrong.slice(0, maxWrong) };
}
