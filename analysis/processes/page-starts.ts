import type { MetricsLookLine } from '../../contract/journal/journal.ts';
import type { Run } from '../interpret/run.ts';
import { atSecond, counted } from '../words.ts';

/** Behind several workers on one port each look shows any of them: fewer looks in a row may be chance. */
const minInRow = 5;

interface Starts {
  readonly looks: number;
  /** Start times of processes, as the server's clock says, each told once. */
  readonly seen: number;
  /** When looks began to show a process that started later than all shown before, which none showed again; null if they never did. */
  readonly restartedUs: number | null;
}

/** What start times on a metrics page (process_start_time_seconds) say of a server whose processes nobody watched; null if it has none. */
function startsOf(looks: readonly MetricsLookLine[]): Starts | null {
  const shown = looks.flatMap(({ atUs, processes }) => {
    const [only] = processes;
    return processes.length === 1 && only !== undefined && only.startedAt !== null
      ? [{ atUs, startedAt: only.startedAt }]
      : [];
  });
  if (shown.length === 0) return null;
  const seen = new Set(shown.map(({ startedAt }) => startedAt));
  const newest = [...seen].reduce((latest, startedAt) => Math.max(latest, startedAt), 0);
  const from = shown.findIndex(({ startedAt }) => startedAt === newest);
  const isForGood = shown.slice(from).every(({ startedAt }) => startedAt === newest);
  const isRestart = isForGood && from >= minInRow && shown.length - from >= minInRow;
  return { looks: shown.length, seen: seen.size, restartedUs: isRestart ? (shown[from]?.atUs ?? null) : null };
}

/** The same in words; empty where no page told. It says nothing of why a process ended. */
export function pageStartsInWords(run: Run): { readonly restarts: number; readonly words: readonly string[] } {
  const all = run.servers.flatMap(({ identity, metrics }) =>
    identity.rootPid === 0 ? (startsOf(metrics.looks) ?? []) : [],
  );
  return {
    restarts: all.filter(({ restartedUs }) => restartedUs !== null).length,
    words: all.map(({ looks, seen, restartedUs }) => {
      if (restartedUs !== null)
        return `its metrics page shows a process that was started anew, from ${atSecond(restartedUs, run.manifest.startedAtUs).slice(3)} on`;
      return seen === 1
        ? `its metrics page shows one process, the same at ${counted(looks, 'look')}`
        : `its metrics page shows ${seen} processes by turns, at ${counted(looks, 'look')}`;
    }),
  };
}
