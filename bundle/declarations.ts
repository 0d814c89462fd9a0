import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** Declarations of a file of this repository and of all that it imports, into a folder, with the paths that they have here. */
function emit(entry: string, folder: string): void {
  const config = join(folder, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'scenarios', 'tsconfig.json'),
      files: [join(root, entry)],
      // Modules that only the build knows.
      include: [join(root, 'lib', '*.d.ts')],
      compilerOptions: {
        ...{ rootDir: root, outDir: folder, typeRoots: [join(root, 'node_modules', '@types')] },
        ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
      },
    }),
  );
  execFileSync(process.execPath, [compiler, '--project', config], { stdio: 'inherit' });
}

const imported = /((?:from|import\()\s*['"])([^'"]+)(['"])/g;

/**
 * What `import … from 'webhook-stress/k6'` is typed by: the declarations that can be reached from its file, in a folder. They may
 * need the types of k6, nothing else.
 */
export function writeDeclarations(entry: string, out: string): void {
  const all = mkdtempSync(join(tmpdir(), 'declarations-'));
  emit(entry, all);
  const done = new Set<string>();
  const copy = (path: string): void => {
    if (done.has(path)) return;
    done.add(path);
    const from = join(all, path.replace(/\.ts$/, '.d.ts'));
    const text = readFileSync(from, 'utf8').replace(imported, (whole, before: string, name: string, after: string) => {
      if (/^k6(\/|$)/.test(name)) return whole;
      if (!name.startsWith('.')) throw new Error(`${path} is part of webhook-stress/k6, and its types need ${name}`);
      copy(relative(root, join(root, dirname(path), name)));
      return before + name.replace(/\.ts$/, '.js') + after;
    });
    const to = join(out, path.replace(/\.ts$/, '.d.ts'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  };
  copy(entry);
  rmSync(all, { recursive: true });
}
