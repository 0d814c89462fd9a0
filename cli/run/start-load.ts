import { CoordinatedLoad } from './coordinated-load.ts';
import type { Fleet, GeneratorStep } from './generator.ts';
import type { Load } from './load.ts';

/** @param tell takes at once what goes wrong with one of several generators. */
export function startLoad(fleet: Fleet, step: Omit<GeneratorStep, 'part'>, tell: (problem: string) => void): Load {
  const [only] = fleet.generators;
  if (fleet.isCoordinated || only === undefined) return new CoordinatedLoad(fleet.generators, step, tell);
  const run = only.start({ ...step, part: null });
  return {
    ended: run.ended.then(async (end) => [{ id: only.id, end, problem: await run.collect() }]),
    interrupt: () => run.interrupt(),
    kill: () => run.kill(),
  };
}
