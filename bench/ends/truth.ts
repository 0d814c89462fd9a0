/** What happens to the processes of a server, as the bench that does it knows. */
export const truths = ['graceful recycle', 'job child', 'SIGKILL', 'abort', 'exit code 7'] as const;
export type Truth = (typeof truths)[number];

export const crashTruths = ['SIGKILL', 'abort', 'exit code 7'] as const satisfies readonly Truth[];
export type CrashTruth = (typeof crashTruths)[number];

/** What the cause in the report must say of each. */
const causes: Readonly<Record<CrashTruth, RegExp>> = {
  SIGKILL: /\bSIGKILL\b/,
  abort: /\bSIGABRT\b|\babort/,
  'exit code 7': /\bexited with code 7\b/,
};

export const namesCause = (truth: CrashTruth, cause: string | null): boolean => causes[truth].test(cause ?? '');

export const isCrash = (truth: Truth): truth is CrashTruth => crashTruths.some((each) => each === truth);
