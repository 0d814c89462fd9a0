// Bundles what runs elsewhere than in a checkout: scenarios for k6, the command and defineTarget for Node, the report's page
// for a browser.
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { createJiti } from 'jiti';

const scenarios = readdirSync('scenarios').filter((file) => file.endsWith('.ts'));

rmSync('dist', { recursive: true, force: true });

const sources = createJiti(import.meta.url, { fsCache: false });
const { forK6 } = await sources.import('./bundle/for-k6.ts');

const common = {
  bundle: true,
  metafile: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  charset: 'utf8',
};

/** CommonJS packages in an ES module: what they require of Node is required by this. */
const requireOfNode =
  "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);";

const built = await Promise.all([
  build({
    ...forK6,
    metafile: true,
    entryPoints: [
      ...scenarios.map((file) => ({ in: `scenarios/${file}`, out: basename(file, '.ts') })),
      // What own scenarios import as webhook-stress/k6.
      { in: 'lib/k6.ts', out: 'k6' },
    ],
    outdir: 'dist',
  }),
  build({
    ...common,
    entryPoints: [{ in: 'cli/main.ts', out: 'webhook-stress' }],
    outdir: 'dist/cli',
    // Its code stays readable, and a map of all that is bundled would be as large as the rest of the package.
    sourcemap: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // What stays a dependency; all else is bundled, the embedded backend's web server and stores included. `pg` asks for
    // pg-native only if that is installed.
    external: ['esbuild', 'jiti', 'pidusage', 'pg-native'],
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    banner: { js: `#!/usr/bin/env node\n${requireOfNode}` },
  }),
  build({
    ...common,
    entryPoints: ['profiles/define-target.ts'],
    outdir: 'dist',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
  }),
  build({
    ...common,
    entryPoints: [{ in: 'render/page/main.ts', out: 'report-page' }],
    outdir: 'dist/page',
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    sourcemap: false,
    minify: true,
  }),
]).catch(() => {
  // esbuild has printed the reason.
  process.exit(1);
});

chmodSync('dist/cli/webhook-stress.js', 0o755);

// Packages that are bundled come without their own files: what their licenses demand to be kept is here.
const { npmNotices } = await sources.import('./bundle/license-notices.ts');
writeFileSync('dist/NOTICES.txt', npmNotices(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))));

// What `import … from 'webhook-stress'` is typed by.
const { defineTargetTypes } = await sources.import('./contract/profile/type-text.ts');
writeFileSync('dist/define-target.d.ts', defineTargetTypes());

// What `import … from 'webhook-stress/k6'` is typed by.
const { writeDeclarations } = await sources.import('./bundle/declarations.ts');
writeDeclarations('lib/k6.ts', 'dist/types');
