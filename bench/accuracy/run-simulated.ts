import { noises } from './memory-model.ts';
import { machineInWords, noteResult, readResults, replaceResults } from './results.ts';
import { shapesByName, simulate } from './simulate.ts';

/** Leaks have nine sizes each, and the others one. */
const seeds = { clean: 50, lazy: 20, leak: 8 } as const;

/** Every shape at every level of noise that this rule has not judged yet. A shape that is no more leaves nothing to judge. */
export function runSimulated(rule: string): void {
  const known = readResults('simulated').filter(({ shape }) => shapesByName.has(shape));
  replaceResults('simulated', known);
  const done = new Set(known.flatMap((each) => (each.rule === rule ? [`${each.shape}/${each.noise}`] : [])));
  for (const [shape, shapes] of shapesByName) {
    const truth = shapes[0]?.truth ?? 'clean';
    for (const noise of noises) {
      if (done.has(`${shape}/${noise.name}`)) continue;
      const { counts, wrong } = simulate(shapes, noise, seeds[truth]);
      const when = { at: new Date().toISOString(), machine: machineInWords(), rule };
      noteResult({ kind: 'simulated', ...when, shape, truth, noise: noise.name, counts, wrong });
      if (wrong.length > 0) process.stdout.write(`${shape}, ${noise.name}: ${JSON.stringify(wrong)}\n`);
    }
  }
}
