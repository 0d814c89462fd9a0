import './uncaught.ts';
import { isMainThread } from 'node:worker_threads';

// All else is loaded when a bug in it is heard already.
if (isMainThread) await (await import('./command-line.ts')).main();
else await (await import('./run/report-thread.ts')).runReportThread();
