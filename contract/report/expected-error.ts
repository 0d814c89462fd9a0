import { redactShapes } from '../journal/redaction.ts';

/**
 * An error that the user can mend: bad input, a missing server, a missing tool. Its message is one line that names the
 * setting and what to do; the command prints it without a stack. Anything else is a bug and keeps its stack.
 * Whatever in it has the shape of a secret is hidden: it may quote a setting that was meant for another program.
 */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';

  constructor(message: string, options?: ErrorOptions) {
    super(redactShapes(message), options);
  }
}
