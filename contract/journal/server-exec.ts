import * as z from 'zod/mini';

/** The server that the run started by --exec. Times are those of the journal. */
export const serverExec = z.strictObject({
  pid: z.number(),
  startedAtUs: z.number(),
  /** When it answered for the first time; null before. */
  readyAtUs: z.nullable(z.number()),
  /** When it had ended; null while it runs. */
  endedAtUs: z.nullable(z.number()),
  /** Null while it runs, and where a signal ended it. */
  exitCode: z.nullable(z.number()),
  signal: z.nullable(z.string()),
  /** Whether the run told it to end. */
  wasAsked: z.boolean(),
});

export type ServerExec = z.output<typeof serverExec>;
