import { Worker } from 'node:worker_threads';
import type { BuildOptions, Message } from 'esbuild';
import { toolEnvironment } from '../processes/child-environment.ts';

/** What the thread runs. */
const thread = `
const { parentPort, workerData: { esbuild, options } } = require('node:worker_threads');
import(esbuild).then(async ({ build, stop }) => {
  const errors = await build(options).then(() => [], (error) => {
    if (!Array.isArray(error.errors)) throw error;
    return error.errors;
  });
  await stop();
  parentPort.postMessage(errors);
});`;

/**
 * Bundles with esbuild, which starts a program of its own and gives it all of its thread's environment: so that the program sees none of
 * the user's secrets, it has a thread whose environment is that of a tool.
 * @returns what is wrong with the sources. Rejects with whatever else is wrong.
 */
export async function buildApart(
  options: BuildOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Message[]> {
  const worker = new Worker(thread, {
    eval: true,
    env: { ...toolEnvironment(env) },
    workerData: { esbuild: import.meta.resolve('esbuild'), options },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', (errors: readonly Message[]) => resolve(errors));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that bundles ended without a result')));
  });
}
