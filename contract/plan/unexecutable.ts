/** What k6 calls the error below in its log: cli/run/k6-log.ts. */
export const unexecutable = 'UnexecutableError';

/** The settings or the plan of a scenario cannot be executed. Thrown at the top of a bundle, where no line of code is to blame. */
export class UnexecutableError extends Error {
  override readonly name = unexecutable;
}
