/** The seven questions of a deploy, in the report's order; each criterion (analysis/rules/) answers one. */
export const questions = [
  'Did a worker die?',
  'Does memory grow?',
  'Is the rate limiter right?',
  'Is each signal processed exactly once?',
  'Are false senders kept out?',
  'Are response times in budget?',
  'Did the database and Redis stay healthy?',
] as const;

/** What answers each of them. */
export const howAnswered: Readonly<Record<(typeof questions)[number], string>> = {
  'Did a worker die?': 'every exit of a server process, with its cause and what was in flight',
  'Does memory grow?': 'growth under load, and settled memory after equal load/rest cycles',
  'Is the rate limiter right?': 'the max admitted in any window, from send and end times',
  'Is each signal processed exactly once?': 'what the server says it processed, against every answer',
  'Are false senders kept out?': 'wrong, missing and stale signatures or secrets: is each refused, without effect?',
  'Are response times in budget?': "p95, average and slowest, without the generator's own stalls",
  'Did the database and Redis stay healthy?': 'their statistics, sampled during the run',
};

/** Asked beside them where own scenarios set thresholds. */
export const ownQuestion = 'Are your own thresholds kept?';
export const allQuestions = [...questions, ownQuestion] as const;
export type Question = (typeof allQuestions)[number];

/** The questions that some findings answer, the seven in any case. */
export function questionsIn(findings: readonly { readonly question: Question }[]): readonly Question[] {
  return findings.some(({ question }) => question === ownQuestion) ? allQuestions : questions;
}

/**
 * Worst first: the status that people must see first, and that decides if several hold.
 * `not-applicable`: the profile declares the thing absent. `not-run`: outside this command. Neither touches the exit code.
 * `inconclusive`: the evidence that would decide is missing or too thin; never a pass.
 */
export const statuses = ['fail', 'inconclusive', 'warn', 'pass', 'not-applicable', 'not-run'] as const;
export type Status = (typeof statuses)[number];

/** The worst of several statuses; of none it is `ifNone`. */
export function worst(given: readonly Status[], ifNone: Status = 'inconclusive'): Status {
  return statuses.find((status) => given.includes(status)) ?? ifNone;
}

/**
 * 2: no load was sent; it never follows a run. 3: inconclusive, also if the disk refused what the verdict needs. 70: a bug
 * of ours. If several hold: 130, 70, 1, 3, 0.
 */
export const exitCodes = { passed: 0, failed: 1, usage: 2, inconclusive: 3, internal: 70, interrupted: 130 } as const;

const exitCodesByWeight: readonly number[] = [
  exitCodes.interrupted,
  exitCodes.internal,
  exitCodes.failed,
  exitCodes.inconclusive,
  exitCodes.passed,
];

/** The exit code of a run for which all of these hold. */
export function weightiestExitCode(...codes: readonly number[]): number {
  return exitCodesByWeight.find((code) => codes.includes(code)) ?? exitCodes.internal;
}
