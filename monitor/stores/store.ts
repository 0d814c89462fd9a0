import type { StoreFailureLine, StoreLine, StoreName } from '../../contract/journal/journal.ts';

/** What a look told, before the moment is noted. */
export type Told = WithoutMoment<StoreLine>;
type WithoutMoment<L> = L extends StoreLine ? Omit<L, 'atUs'> : never;

/** A store that the monitor asks itself, by one connection that it keeps. */
export interface Store {
  readonly name: StoreName;
  /** Never throws for what the store does: that is a result. Ends within the limit. */
  look(): Promise<Told>;
  close(): void;
}

/** No answer within this time is a failure. */
export const lookLimitMs = 3000;

/** A look that failed, with why. Texts of clients are not kept: they may name host, user, database and password. */
export class FailedLook extends Error {
  override readonly name = 'FailedLook';
  readonly failure: StoreFailureLine['failure'];
  readonly code: string | null;

  constructor(failure: StoreFailureLine['failure'], code: string | null) {
    super(failure);
    this.failure = failure;
    this.code = code;
  }
}

/** The result of a look whose time was over before: nobody waits for it, and it makes no further connection. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

const systemCodes: Readonly<Record<string, StoreFailureLine['failure']>> = {
  ...{ ECONNREFUSED: 'refused', ENOENT: 'refused', EHOSTUNREACH: 'refused', ENETUNREACH: 'refused' },
  ...{ ECONNRESET: 'broken', EPIPE: 'broken', ECONNABORTED: 'broken' },
  ...{ ETIMEDOUT: 'timeout', ENOTFOUND: 'unresolved', EAI_AGAIN: 'unresolved' },
};

/** What the system, or TLS, said of a connection; null where it was neither. */
export function failureOfSystem(code: string): FailedLook | null {
  const failure = systemCodes[code];
  if (failure !== undefined) return new FailedLook(failure, code);
  return /^(?:ERR_(?:TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|UNABLE_TO_|SELF_SIGNED|EPROTO)/.test(code)
    ? new FailedLook('tls', code)
    : null;
}

/** What no store and no system says. */
const isBug = (error: unknown): boolean => error instanceof TypeError && !('code' in error);

export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^[A-Z0-9_]{2,40}$/.test(code) ? code : '';
}

/**
 * The result of a promise, or a FailedLook when the time is over. An answer that waits to be read when this process was not let run
 * is read first.
 */
export async function withinLimit<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => setImmediate(() => setImmediate(() => reject(new FailedLook('timeout', null)))),
      Math.max(0, limitMs),
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * One look within the limit. What the store does is a result, not an error.
 * @param giveUp is called when the look has failed, gives up the connection, and says why.
 */
export async function lookWithin(
  store: StoreName,
  look: () => Promise<Told>,
  giveUp: (error: unknown) => FailedLook,
): Promise<Told> {
  const startedMs = performance.now();
  try {
    return await withinLimit(look(), lookLimitMs);
  } catch (error) {
    if (isBug(error)) throw error;
    const { failure, code } = giveUp(error);
    return { store, failure, code, tookMs: Math.round(performance.now() - startedMs) };
  }
}

/**
 * Asks over a connection that may be a kept one. One that was ended while it was idle is made again, once: that is no failure.
 * @param letGo lets go of a kept connection if the error says that it had ended; false if it says anything else.
 */
export async function askKept<T>(
  isKept: boolean,
  ask: () => Promise<T>,
  letGo: (error: unknown) => boolean,
): Promise<T> {
  if (!isKept) return ask();
  try {
    return await ask();
  } catch (error) {
    if (!letGo(error)) throw error;
    return ask();
  }
}
