import type { BuildOptions } from 'esbuild';

/** What every script for k6 is made with. */
export const k6Target = {
  bundle: true,
  // Platform neutral knows no Node built-ins: importing one ends the build.
  platform: 'neutral',
  target: 'es2022',
  charset: 'utf8',
  external: ['k6', 'k6/*'],
} as const satisfies BuildOptions;
