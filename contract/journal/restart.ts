import * as z from 'zod/mini';
import { scenarioName } from './scenario-name.ts';

/** The server was told to end gracefully while load ran (SIGTERM), and was started again. Times are those of the journal. */
export const restart = z.strictObject({
  scenario: scenarioName,
  askedAtUs: z.number(),
  /** When its last process had ended; null where that was not seen. */
  endedAtUs: z.nullable(z.number()),
  /** Null where it had to be killed. */
  exitCode: z.nullable(z.number()),
  /** When it took requests again; null where it did not. */
  backAtUs: z.nullable(z.number()),
});

export type Restart = z.output<typeof restart>;
