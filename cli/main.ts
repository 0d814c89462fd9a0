import { isMainThread } from 'node:worker_threads';
import { heedEarlyInterrupts } from './run/early-interrupt.ts';

// Loading all else takes most of the start.
if (isMainThread && process.argv[2] === 'run') heedEarlyInterrupts();
await import('./uncaught.ts');

// All else is loaded when a bug in it is heard already. Workers of the embedded backend load no command line: they start sooner.
if (!isMainThread) await (await import('./run/report-thread.ts')).runReportThread();
else if (process.argv[2] === 'backend' && (await import('node:cluster')).default.isWorker) {
  const { exitWith } = await import('./exit.ts');
  await exitWith((await import('../backend/worker.ts')).runWorker);
} else await (await import('./command-line.ts')).main();
