import { redactor } from '../contract/journal/redaction.ts';
import { UnwritableFileError } from '../contract/journal/unwritable-file.ts';
import { exitCodes } from '../contract/report/criteria.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';

export interface Told {
  readonly code: number;
  readonly message: string;
  /** The same for stderr. */
  readonly text: string;
}

const told = (code: number, message: string): Told => ({ code, message, text: `webhook-stress: ${message}\n` });

/**
 * What a command that throws ends with: one line for what people can mend, the stack for a bug of ours. Never exit code 1, which
 * speaks of the server.
 * @param secrets are in no text.
 */
export function toldOf(error: unknown, secrets: readonly string[]): Told {
  if (error instanceof ExpectedError) return told(exitCodes.usage, error.message);
  if (error instanceof UnwritableFileError) return told(exitCodes.inconclusive, error.message);
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return told(exitCodes.internal, `this is a bug of webhook-stress: ${redactor(secrets)(words)}`);
}

/** What a throw ends with that no command has caught: 2 would say that no load was sent, and nobody knows that here. */
export function toldOfUncaught(error: unknown, secrets: readonly string[]): Told {
  const known = toldOf(error, secrets);
  return known.code === exitCodes.usage ? { ...known, code: exitCodes.internal } : known;
}

/** Runs a command. @returns its exit code, or what its error ends with; `tell` gets the text of that. */
export async function exitCodeOf(
  command: () => Promise<number>,
  secrets: () => readonly string[],
  tell: (text: string) => void,
): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const { code, text } = toldOf(error, secrets());
    tell(text);
    return code;
  }
}
