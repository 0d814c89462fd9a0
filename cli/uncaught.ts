import { isMainThread } from 'node:worker_threads';
import { readEnvironment } from './environment.ts';
import { toldOfUncaught } from './exit-code.ts';
import { killAllChildren } from './processes/child.ts';

// Loaded before all else: what is thrown while another module loads is a bug as well, for which Node would exit 1. What a thread
// throws reaches the promise of whoever started it.
if (isMainThread) {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      const { code, text } = toldOfUncaught(error, readEnvironment().secrets);
      process.stderr.write(text);
      killAllChildren();
      process.exit(code);
    });
  }
}
