import { setFlagsFromString } from 'node:v8';

/**
 * Runs `work` without V8's optimizing compiler. A monitor computes little, for hours, and compiling its code anew and anew cost more than it saved: of
 * 32 processes at 250 ms it used 1.7% of a core without, and 2.3% with it. Reading a log takes as long either way.
 */
export async function unoptimized<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--no-opt');
  try {
    return await work();
  } finally {
    setFlagsFromString('--opt');
  }
}
