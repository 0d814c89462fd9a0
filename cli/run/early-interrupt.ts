import { exitCodes } from '../../contract/report/criteria.ts';
import { killAllChildren } from '../processes/child.ts';

/** What asks a run to end: Ctrl-C, a pipeline, a closed terminal. */
export const interruptSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let tellPipeline: (text: string) => void = () => {};

/** Nothing is there to be ended gracefully: what a run has started so far asks or builds, and its folder does not exist. */
function end(): never {
  const text = 'Interrupted before anything was sent: there is no run folder, and nothing was recorded.';
  process.stderr.write(`${text}\n`);
  tellPipeline(text);
  killAllChildren();
  process.exit(exitCodes.interrupted);
}

/** From here on an interrupt of `run` ends it with a word, also while the command itself is loaded. */
export function heedEarlyInterrupts(): void {
  for (const signal of interruptSignals) process.on(signal, end);
}

/** What else is told of such an end. */
export function tellOfEarlyInterrupt(tell: (text: string) => void): void {
  tellPipeline = tell;
}

/** The run has something to end by itself: cli/run/interrupt.ts listens. */
export function leaveInterrupts(): void {
  for (const signal of interruptSignals) process.off(signal, end);
}
