import { isTest } from './files.ts';
import type { Import } from './syntax.ts';

/**
 * Which folders each folder may import, beside itself. docs/architecture.md draws it: everything points at contract, and stages
 * meet in files, not in imports.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  profiles: ['contract'],
  lib: ['contract', 'profiles'],
  bundle: ['profiles'],
  scenarios: ['lib', 'contract'],
  monitor: ['contract'],
  analysis: ['contract'],
  render: ['contract'],
  backend: ['contract'],
  cli: ['contract', 'profiles', 'bundle', 'monitor', 'analysis', 'render', 'backend'],
  bench: ['contract', 'profiles', 'monitor', 'analysis', 'render', 'backend', 'cli', 'test'],
};

/** The stages of analysis, with every folder: each imports itself and those before it. */
const stages: readonly (readonly string[])[] = [
  ['journal'],
  ['interpret'],
  ['processes', 'stores'],
  ['authentication', 'delivery', 'limiter', 'memory'],
  ['outcomes', 'resources'],
  ['digest'],
  ['rules'],
];

function stageOfFolder(folder: string): number {
  const found = stages.findIndex((names) => names.includes(folder));
  if (found === -1) throw new Error(`analysis/${folder} has no stage: give it its place in test/tidy/layers.ts`);
  return found;
}

/** The place of each file of analysis. One that stands in no folder is as late as the latest that it imports. */
function stagesOf(imports: readonly Import[]): (path: string) => number {
  const known = new Map<string, number>();
  function stageOf(path: string): number {
    const [top, folder, file] = path.split('/');
    if (top !== 'analysis' || folder === undefined) return -1;
    if (file !== undefined) return stageOfFolder(folder);
    const found = known.get(path);
    if (found !== undefined) return found;
    // A circle is told by another check.
    known.set(path, -1);
    const latest = imports.filter(({ from }) => from === path).reduce((max, { to }) => Math.max(max, stageOf(to)), -1);
    known.set(path, latest);
    return latest;
  }
  return stageOf;
}

const folderOf = (path: string): string => path.split('/', 1)[0] ?? '';

/** Imports that the table does not allow, as `from → to`. Tests may import everything. */
export function upwardImports(imports: readonly Import[]): readonly string[] {
  const stageOf = stagesOf(imports);
  return imports
    .filter(({ from, to }) => {
      const [own, other] = [folderOf(from), folderOf(to)];
      if (own === 'analysis' && stageOf(to) > stageOf(from)) return true;
      return !isTest(from) && own !== other && mayImport[own]?.includes(other) !== true;
    })
    .map(({ from, to }) => `${from} → ${to}`);
}

/** Import cycles, types included: each once, as `a → b → a`, beginning with its first file in the alphabet. */
export function importCycles(imports: readonly Import[]): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const cycles = new Set<string>();
  const done = new Set<string>();

  function follow(file: string, path: readonly string[]): void {
    const at = path.indexOf(file);
    if (at !== -1) {
      const cycle = path.slice(at);
      const first = cycle.indexOf([...cycle].sort()[0] ?? file);
      const ordered = [...cycle.slice(first), ...cycle.slice(0, first)];
      cycles.add([...ordered, ordered[0]].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const target of targets.get(file) ?? []) follow(target, [...path, file]);
    done.add(file);
  }
  for (const file of [...targets.keys()].sort()) follow(file, []);
  return [...cycles].sort();
}
