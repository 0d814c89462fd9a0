import { Child, type ChildOptions, exitInWords, wasNotStarted } from './child.ts';

export interface OutputLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Ends the program before its time. */
  readonly interrupted?: AbortSignal;
}

/** What a program printed, or in words why there is nothing to read. */
export type Output = { readonly text: string } | { readonly failed: string };

/** Standard output of a program, without a shell, bounded in time and size. Never rejects: what goes wrong is told in words. */
export async function outputOf(
  options: Omit<ChildOptions, 'stdout' | 'stopSignal'>,
  limits: OutputLimits,
): Promise<Output> {
  const { timeoutMs, maxBytes, interrupted } = limits;
  if (interrupted?.aborted === true) return { failed: 'it was interrupted' };
  const chunks: Buffer[] = [];
  let bytes = 0;
  let failed: string | null = null;
  const child = new Child({
    ...options,
    stopSignal: 'SIGTERM',
    stdout: (chunk) => {
      bytes += chunk.length;
      if (bytes > maxBytes) giveUp(`it printed more than ${maxBytes} bytes`);
      else chunks.push(chunk);
    },
  });
  function giveUp(why: string): void {
    failed ??= why;
    child.kill();
  }
  const onInterrupt = (): void => giveUp('it was interrupted');
  interrupted?.addEventListener('abort', onInterrupt, { once: true });
  const timer = setTimeout(() => giveUp(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
  const exit = await child.ended;
  clearTimeout(timer);
  interrupted?.removeEventListener('abort', onInterrupt);
  if (failed !== null) return { failed };
  if (wasNotStarted(exit))
    return { failed: `it could not be started (${exitInWords(exit)}): is ${options.command} a program?` };
  if (exit.code !== 0) return { failed: `it ended with ${exitInWords(exit)}` };
  return { text: Buffer.concat(chunks).toString('utf8') };
}
