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

const common = { ...k6Target, logLevel: 'warning' } as const satisfies BuildOptions;

const built = new Map<string, Promise<string>>();

/** The code of lib/NAME.ts, or lib/NAME/NAME.ts, as a variable `lazyModule` that holds its exports. */
function lazyCode(name: string): Promise<string> {
  const known = built.get(name);
  if (known !== undefined) return known;
  const file = [`lib/${name}.ts`, `lib/${name}/${name}.ts`].map((path) => join(root, path)).find(existsSync);
  const options = { ...common, format: 'iife', globalName: 'lazyModule', write: false } as const;
  const code = build({
    ...options,
    entryPoints: file === undefined ? [] : [file],
    plugins: [profilesAsJson, withoutSchemas],
  }).then(({ outputFiles: [output] }) => {
    if (output === undefined) throw new Error(`lazy:${name} is no file of lib/`);
    return output.text;
  });
  built.set(name, code);
  return code;
}

/**
 * `lazy:x` is a module of lib/ as a function that gives its exports: its code is compiled with the bundle, and runs where it is
 * called. Every VU runs what stands at the top of a bundle, and pays for each function and table there.
 */
const lazyModules: Plugin = {
  name: 'lazy-modules',
  setup(plugin) {
    plugin.onResolve({ filter: /^lazy:/ }, ({ path }) => ({ path: path.slice('lazy:'.length), namespace: 'lazy' }));
    plugin.onLoad({ filter: /./, namespace: 'lazy' }, async ({ path: name }) => ({
      contents: `export default () => {\n${await lazyCode(name)}\nreturn lazyModule;\n};`,
    }));
  },
};

/** How esbuild makes a script for k6 out of a scenario. No source map: k6 would look for one beside a bundle that was copied alone. */
export const forK6 = {
  ...common,
  format: 'esm',
  plugins: [profilesAsJson, withoutSchemas, lazyModules],
} as const satisfies BuildOptions;
