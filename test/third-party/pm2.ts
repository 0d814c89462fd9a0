import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Options } from './watched-ends.ts';

const here = import.meta.dirname;
const program = join(here, '..', '..', 'node_modules', 'pm2', 'bin', 'pm2');

/** A PM2 of a test alone: its daemon, with its logs in a folder of its own. */
export interface Pm2 {
  /** What watches its app. */
  readonly options: Options;
  run(...words: readonly string[]): Promise<void>;
}

/** One app: two workers of a cluster, or one process that is forked. */
export function newPm2(mode: 'cluster' | 'fork', ...settings: readonly string[]): Pm2 {
  const home = mkdtempSync(join(tmpdir(), 'webhook-stress-pm2-'));
  // The limit of memory is looked at every 30 s by default.
  const env = { PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true', PM2_WORKER_INTERVAL: '500' };
  const workers = mode === 'cluster' ? ['-i', '2'] : [];
  const start = ['start', join(here, 'pm2-app.mjs'), '--name', 'app', ...workers, ...settings];
  const run = async (...words: readonly string[]): Promise<void> => {
    await promisify(execFile)(process.execPath, [program, ...words], { env: { ...process.env, ...env } });
  };
  return {
    run,
    options: {
      // PM2 starts its daemon and ends; the shell stands for whoever called it.
      command: (port) => [
        'env',
        `PORT=${port}`,
        'sh',
        '-c',
        '"$@" && exec sleep 600',
        'sh',
        process.execPath,
        program,
        ...start,
      ],
      env,
      findsLogs: true,
      stop: async () => {
        try {
          await run('kill');
        } finally {
          rmSync(home, { recursive: true, force: true });
        }
      },
    },
  };
}
