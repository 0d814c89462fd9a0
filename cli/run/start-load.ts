import { CoordinatedLoad } from './coordinated-load.ts';
import type { Fleet, GeneratorStep } from './generator.ts';
import type { Load, LoadOptions } from './load.ts';

export function startLoad(fleet: Fleet, step: Omit<GeneratorStep, 'part'>, how: LoadOptions): Load {
  const [only] = fleet.generators;
  if (fleet.isCoordinated || only === undefined) return new CoordinatedLoad(fleet.generators, step, how);
  const run = only.start({ ...step, part: null });
  return {
    ended: run.ended.then(async (end) => [{ id: only.id, end, problem: await run.collect() }]),
    // k6 runs teardown after its first signal.
    endLoad: () => run.interrupt(),
    interrupt: () => run.interrupt(),
    kill: () => run.kill(),
  };
}
