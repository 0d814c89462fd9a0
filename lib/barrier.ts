import { sleep } from 'k6';

/** Sleeps until an instant of the wall clock, in milliseconds since the epoch. Returns at once where it has passed. */
export function waitUntil(instantMs: number): void {
  const remainingMs = instantMs - Date.now();
  if (remainingMs > 0) sleep(remainingMs / 1000);
}
