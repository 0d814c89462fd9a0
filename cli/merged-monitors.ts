import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Clock, givenClock } from '../analysis/journal/clock.ts';
import type { JournalPlaces } from '../analysis/journal/places.ts';

export type MergedMonitors = Pick<JournalPlaces, 'monitors' | 'clocks'>;

const offset = /^([^=]+)=(-?\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/;

/** What --monitor and --clock-offset name. A monitor's clock is known by its machine's name, or its file's without .ndjson; a generator's by its id. */
export function mergedMonitors(
  files: readonly string[],
  offsets: readonly string[],
): { readonly merged: MergedMonitors; readonly problems: readonly string[] } {
  const problems = files.flatMap((file) =>
    existsSync(file) ? [] : [`--monitor names ${file}, which does not exist: give the file that the monitor wrote`],
  );
  const clocks = new Map<string, Clock>();
  for (const text of offsets) {
    const [, host, aheadMs, uncertaintyMs] = offset.exec(text) ?? [];
    if (host === undefined) {
      problems.push(
        `--clock-offset ${text} must be ID=MS:UNCERTAINTY, such as app-2=-12:30 or k6-2=-12:30 for a clock 12 ms behind, give or take 30`,
      );
    } else clocks.set(host, givenClock(Number(aheadMs), Number(uncertaintyMs)));
  }
  const monitors = files.map((file) => ({ id: basename(file, '.ndjson'), file: resolve(file) }));
  return { merged: { monitors, clocks }, problems };
}
