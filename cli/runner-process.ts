import type { Manifest } from '../contract/journal/journal.ts';
import { machineIdentity } from '../monitor/system/machine.ts';
import { readStat } from '../monitor/system/proc-file.ts';

/** The runner of a new run, by which others on its machine see whether it is still there; nothing where the system does not tell. */
export function thisRunner(): Pick<Manifest, 'runner'> {
  const startTicks = readStat(process.pid)?.startTicks;
  const { pidNamespace } = machineIdentity();
  if (startTicks === undefined || pidNamespace === undefined) return {};
  return { runner: { pid: process.pid, startTicks, pidNamespace } };
}

/** Whether a run has not ended, and its runner is seen at work on this machine. One on another machine cannot be seen. */
export function isStillGoing({
  endedAtUs,
  bootId,
  runner,
}: Pick<Manifest, 'endedAtUs' | 'bootId' | 'runner'>): boolean {
  if (endedAtUs !== null || runner === undefined) return false;
  const here = machineIdentity();
  if (bootId !== here.bootId || runner.pidNamespace !== here.pidNamespace) return false;
  return readStat(runner.pid)?.startTicks === runner.startTicks;
}
