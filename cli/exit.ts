import { readEnvironment } from './environment.ts';
import { exitCodeOf } from './exit-code.ts';

/** Runs a command and exits: the one place that does, apart from a second Ctrl-C and uncaught.ts. */
export async function exitWith(command: () => Promise<number>): Promise<never> {
  // A closed terminal, or a pipe whose reader has ended, must not end a run.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const tell = (text: string): boolean => process.stderr.write(text);
  process.exit(await exitCodeOf(command, () => readEnvironment().secrets, tell));
}
