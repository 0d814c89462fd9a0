import { redactor } from '../contract/journal/redaction.ts';
import { UnwritableFileError } from '../contract/journal/unwritable-file.ts';
import { exitCodes } from '../contract/report/criteria.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';

export interface Told {
  readonly code: number;
  /** For stderr. */
  readonly text: string;
}

/**
 * What a command that throws ends with: one line for what people can mend, the stack for a bug of ours. Never exit code 1, which
 * speaks of the server.
 * @param secrets are in no text.
 */
export function toldOf(error: unknown, secrets: readonly string[]): Told {
  if (error instanceof ExpectedError) return { code: exitCodes.usage, text: `webhook-stress: ${error.message}\n` };
  if (error instanceof UnwritableFileError) {
    return { code: exitCodes.inconclusive, text: `webhook-stress: ${error.message}\n` };
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: exitCodes.internal,
    text: `webhook-stress: this is a bug of webhook-stress: ${redactor(secrets)(words)}\n`,
  };
}

/** What a throw ends with that no command has caught: 2 would say that no load was sent, and nobody knows that here. */
export function toldOfUncaught(error: unknown, secrets: readonly string[]): Told {
  const told = toldOf(error, secrets);
  return told.code === exitCodes.usage ? { ...told, code: exitCodes.internal } : told;
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
