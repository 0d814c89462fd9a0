/** No reply within the time that was given. */
export class LateReply extends Error {}

/**
 * The reply, or a LateReply. When this process itself was not run for a while, its timers come before its sockets: a reply that has
 * arrived meanwhile is in time.
 */
export function inTime<T>(reply: Promise<T>, maxMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new LateReply(`no reply within ${maxMs} ms`));
    const timer = setTimeout(() => setImmediate(late), maxMs);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
