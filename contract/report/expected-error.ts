import { redactShapes } from '../journal/redaction.ts';

interface Options extends ErrorOptions {
  /** What to do, where the message itself does not say it: it follows there, after a colon. */
  readonly remedy?: string;
}

/**
 * An error that the user can mend: bad input, a missing server, a missing tool. Its message is one line that names the
 * setting and what to do; the command prints it without a stack. Anything else is a bug and keeps its stack.
 * Whatever in it has the shape of a secret is hidden: it may quote a setting that was meant for another program.
 */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
  /** What happened. */
  readonly what: string;
  readonly remedy: string | null;

  constructor(what: string, { remedy, ...options }: Options = {}) {
    super(redactShapes(remedy === undefined ? what : `${what}: ${remedy}`), options);
    this.what = redactShapes(what);
    this.remedy = remedy === undefined ? null : redactShapes(remedy);
  }
}
