import type { EventEmitter } from 'node:events';

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * How a worker ends. Its 'error' events, such as a broken pipe of a message to a worker that has just died, do not end the wait, as
 * they would with events.once.
 */
export function exitOf(worker: Pick<EventEmitter, 'once'>): Promise<WorkerExit> {
  return new Promise((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }));
  });
}
