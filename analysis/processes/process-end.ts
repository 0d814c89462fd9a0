import type { ProcessSample } from '../../contract/journal/journal.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { EndCause } from './end-causes.ts';

export interface ProcessEnd extends EndCause {
  /** Of the machine that it ran on. */
  readonly server: ServerTimeline;
  readonly process: ProcessSample;
  /** Of the first sample with it. */
  readonly firstSeenUs: number;
  /** Of the last sample with it. */
  readonly lastSeenUs: number;
  /** Of the first sample without it. */
  readonly atUs: number;
  /** It was a crash by the requests that broke off with it alone: what is known of it was in order. */
  readonly byRequests?: true;
  /** It was in no sample: that it ended, the kernel or the log tells. */
  readonly isUnseen?: true;
  /** Why it is not known what to think of it although its cause is; null if it is. */
  readonly open: string | null;
}
