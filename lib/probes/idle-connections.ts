import { isShared } from '../../contract/plan/limits.ts';
import { lazy } from '../../contract/profile/lazy.ts';
import { environment } from '../environment.ts';
import type { SendOptions } from '../sent-request.ts';

/**
 * Servers close idle connections, usually after 5 s and some after 2 s; one that closes as the signal goes out looks like a
 * failure. So the connection is used once more before a long wait ends. If all requests share one count that would use up quota
 * just before it is needed, and is left out: null.
 */
export const longIdleMs = lazy(() => (isShared(environment.profile) ? null : 1_000));

/** So long before the instant it is used. */
export const openAheadMs = 500;

/** Of what several VUs send at one instant. */
export const overOpenConnection: SendOptions = { keepsConnection: true };
