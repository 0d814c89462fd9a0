import { type CauseOfEnd, reasonsIn } from '../../analysis/processes/cause-of-end.ts';
import type { SaidOfEnd } from '../../contract/journal/end-reasons.ts';

/** What happens to the processes of a server, as the bench that does it knows. */
export const truths = ['graceful recycle', 'job child', 'SIGKILL', 'abort', 'exit code 7'] as const;
export type Truth = (typeof truths)[number];

export const crashTruths = ['SIGKILL', 'abort', 'exit code 7'] as const satisfies readonly Truth[];
export type CrashTruth = (typeof crashTruths)[number];

/** What the cause in the report must say of each. */
const isOf: Readonly<Record<CrashTruth, (said: SaidOfEnd) => boolean>> = {
  SIGKILL: ({ signal }) => signal === 'SIGKILL',
  abort: ({ reason, signal }) => signal === 'SIGABRT' || reason === 'workerTimeout',
  'exit code 7': ({ reason, exitCode }) => reason === 'exited' && exitCode === 7,
};

export const namesCause = (truth: CrashTruth, cause: CauseOfEnd | null): boolean =>
  cause !== null && reasonsIn(cause).some(isOf[truth]);

export const isCrash = (truth: Truth): truth is CrashTruth => crashTruths.some((each) => each === truth);
