import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { builtInProfiles } from '../profiles/built-in.ts';
import { k6Target } from './k6-target.ts';

const root = join(import.meta.dirname, '..');

const profilesAsJson: Plugin = {
  name: 'built-in-profiles',
  setup(plugin) {
    plugin.onResolve({ filter: /^built-in-profiles$/ }, ({ path }) => ({ path, namespace: 'built-in-profiles' }));
    // Checked here, so that no bundle carries the checks.
    plugin.onLoad({ filter: /./, namespace: 'built-in-profiles' }, () => ({
      contents: `export default ${JSON.stringify(JSON.stringify(builtInProfiles))}`,
    }));
  },
};

/** What a bundle for k6 must not carry: every VU would pay for it. */
const withoutSchemas: Plugin = {
  name: 'without-schemas',
  setup(plugin) {
    plugin.onResolve({ filter: /^zod/ }, ({ importer }) => ({
      errors: [{ text: `${importer} imports zod, which is too large for a k6 bundle: import a file without it` }],
    }));
  },
};

/** Of a module of contract/ of which nothing is used, nothing stays: none of them acts when it is imported. */
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      return file.startsWith(join(root, 'contract/')) ? { path: file, sideEffects: false } : null;
    });
  },
};

const common = { ...k6Target, logLevel: 'warning' } as const satisfies BuildOptions;

/** In lib/: what a bundle shares with what is made lazily in it. They hold what is there once a VU, or may be made at the start only. */
const sharedModules = ['environment', 'recorded-readback', 'webhook-client'];

/** Every bundle imports them at its top anyway. */
const sharedOfK6: readonly string[] = ['k6', 'k6/execution'];

const fileOf = (name: string): string => join(root, 'lib', `${name}.ts`);

const sharedWithBundle: Plugin = {
  name: 'shared-with-bundle',
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      const name = sharedModules.find((shared) => fileOf(shared) === file);
      return name === undefined ? null : { path: `bundle:${name}`, external: true };
    });
    // Its default, as it is: esbuild would copy what it holds, which k6 does not give at the start.
    plugin.onResolve({ filter: /^k6\/execution$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'k6-default' } : null,
    );
    plugin.onLoad({ filter: /./, namespace: 'k6-default' }, ({ path }) => ({
      contents: `export default require(${JSON.stringify(path)});`,
    }));
  },
};

interface LazyCode {
  /** Has the exports of the module as a variable `lazyModule`. */
  readonly text: string;
  /** What it requires of the bundle, as `bundle:NAME` or as a module of k6. */
  readonly shared: readonly string[];
}

const built = new Map<string, Promise<LazyCode>>();

/** The code of lib/NAME.ts, or lib/NAME/NAME.ts. */
function lazyCode(name: string): Promise<LazyCode> {
  const known = built.get(name);
  if (known !== undefined) return known;
  const file = [fileOf(name), fileOf(`${name}/${name}`)].find(existsSync);
  const code = build({
    ...{ ...common, format: 'iife', globalName: 'lazyModule', write: false, metafile: true },
    entryPoints: file === undefined ? [] : [file],
    plugins: [profilesAsJson, withoutSchemas, withoutUnused, sharedWithBundle],
  }).then(({ outputFiles: [output], metafile }) => {
    if (output === undefined) throw new Error(`lazy:${name} is not a file of lib/`);
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    const shared = [...sharedModules.map((shared) => `bundle:${shared}`), ...sharedOfK6];
    return { text: output.text, shared: shared.filter((path) => imported.includes(path)) };
  });
  built.set(name, code);
  return code;
}

const sourceOf = (path: string): string => (path.startsWith('bundle:') ? fileOf(path.slice('bundle:'.length)) : path);

/** A module of k6 has what it exports as its default, or its own names. */
const sharedValue = (path: string, n: number): string =>
  sharedOfK6.includes(path) ? `m${n}.default ?? m${n}` : `m${n}`;

/**
 * `lazy:x` is a module of lib/ as a function that gives its exports: its code is compiled with the bundle, and runs where it is
 * called. Every VU runs what stands at the top of a bundle, and pays for each function and table there. What the module shares with the bundle
 * is required of it; another module of k6 is required of k6, which allows it at the start only.
 */
const lazyModules: Plugin = {
  name: 'lazy-modules',
  setup(plugin) {
    plugin.onResolve({ filter: /^lazy:/ }, ({ path }) => ({ path: path.slice('lazy:'.length), namespace: 'lazy' }));
    plugin.onLoad({ filter: /./, namespace: 'lazy' }, async ({ path: name }) => {
      const { text, shared } = await lazyCode(name);
      const imports = shared.map((path, n) => `import * as m${n} from ${JSON.stringify(sourceOf(path))};`);
      const values = shared.map((path, n) => `${JSON.stringify(path)}: ${sharedValue(path, n)}`);
      const requiring = shared.length === 0 ? '' : `const own = { ${values.join(', ')} };\n`;
      const required = shared.length === 0 ? 'require' : '(path) => own[path] ?? require(path)';
      const contents = [
        ...imports,
        `export default () => {\n${requiring}return ((require) => {\n${text}\nreturn lazyModule;\n})(${required});\n};`,
      ];
      return { contents: contents.join('\n'), resolveDir: root };
    });
  },
};

/** How esbuild makes a script for k6 out of a scenario. No source map: k6 would look for one beside a bundle that was copied alone. */
export const forK6 = {
  ...common,
  format: 'esm',
  plugins: [profilesAsJson, withoutSchemas, withoutUnused, lazyModules],
} as const satisfies BuildOptions;
