// Bundles what runs elsewhere than in a checkout: scenarios for k6, the command and defineTarget for Node, the report's page
// for a browser.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

const scenarios = readdirSync('scenarios').filter((file) => file.endsWith('.ts'));

rmSync('dist', { recursive: true, force: true });

const common = { bundle: true, sourcemap: true, logLevel: 'warning', charset: 'utf8' };

await Promise.all([
  // Platform neutral knows no Node built-ins: importing one in a scenario ends the build.
  build({
    ...common,
    entryPoints: scenarios.map((file) => ({ in: `scenarios/${file}`, out: basename(file, '.ts') })),
    outdir: 'dist',
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    external: ['k6', 'k6/*'],
  }),
  build({
    ...common,
    entryPoints: [{ in: 'cli/main.ts', out: 'webhook-stress' }],
    outdir: 'dist/cli',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    banner: { js: '#!/usr/bin/env node' },
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

// What `import … from 'webhook-stress'` is typed by.
execFileSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'profiles', '--noEmit', 'false', '--emitDeclarationOnly', '--declaration'],
  { stdio: 'inherit' },
);
