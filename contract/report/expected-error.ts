/**
 * An error that the user can mend: bad input, a missing server, a missing tool. Its message is one line that names the
 * setting and what to do; the command prints it without a stack. Anything else is a bug and keeps its stack.
 */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
}
