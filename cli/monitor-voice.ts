import * as z from 'zod';
import type { ProgressLine } from './run/progress.ts';

/** A file that the system refuses to write, and what it says. */
export const unwritableFile = z.object({ path: z.string(), refusal: z.string() });

/** What a monitor tells the runner that started it, a line of JSON each on stdout. What ends it stands on stderr. */
export const monitorTelling = z.union([
  z.object({ says: z.string() }),
  /** What is wrong. */
  z.object({ warns: z.string() }),
  z.object({ unwritable: unwritableFile }),
]);

type Telling = z.infer<typeof monitorTelling>;

/** How a monitor is heard. */
export interface MonitorVoice extends Pick<ProgressLine, 'say' | 'warn' | 'show'> {
  noteUnwritable(path: string, refusal: string): void;
}

/** People read it on the terminal, where what is wrong with a file is said, too. */
export const voiceForPeople = (line: ProgressLine): MonitorVoice => ({
  say: (text) => line.say(text),
  warn: (text) => line.warn(text),
  show: (...lines) => line.show(...lines),
  noteUnwritable() {},
});

export function voiceForRunner(write: (line: string) => void): MonitorVoice {
  const tell = (telling: Telling): void => write(`${JSON.stringify(telling)}\n`);
  return {
    say: (text) => tell({ says: text }),
    warn: (text) => tell({ warns: text }),
    // The terminal belongs to the runner.
    show() {},
    noteUnwritable: (path, refusal) => tell({ unwritable: { path, refusal } }),
  };
}
