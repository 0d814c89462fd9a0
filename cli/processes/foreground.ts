import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface ForegroundOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A terminal sends Ctrl-C to both processes, and k6 takes a second one for "at once": it is passed on only without a terminal. */
function isFromTerminal(signal: NodeJS.Signals): boolean {
  return signal === 'SIGINT' && [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}

/**
 * Runs a program in place of this one: with its input, its output, the signals that it gets, and then its exit code. Not a Child,
 * which has none of these.
 * @returns the exit code, by a shell's rule after a signal.
 */
export async function runInForeground({ command, args, env }: ForegroundOptions): Promise<number> {
  const child = spawn(command, args, { env, stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const passOn = (signal: NodeJS.Signals): void => {
    if (!isFromTerminal(signal)) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}
