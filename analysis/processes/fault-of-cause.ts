import type { EndReason, SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import { type CauseOfEnd, onlyReason, reasonsIn } from './cause-of-end.ts';
import { isForMemory } from './last-words.ts';

/** Those that a reason tells, the most telling first: an exit code stands beside what says why. */
const ofReasons = [
  'memory of its runtime',
  'memory of the machine',
  'timeout',
  'did not end in time',
  'failed start',
  'exception',
  'fault in native code',
  'killed',
  'told to end',
  'exit code',
  'no cause',
] as const;

type FaultOfReason = (typeof ofReasons)[number];

export type CrashFault =
  | FaultOfReason
  | 'did not come back'
  | 'dies as it starts'
  | 'killed by another'
  | 'cut requests off';

/** What a reason says of a crash; a reason that is not here says nothing of it. */
const faults: Readonly<Partial<Record<EndReason, FaultOfReason>>> = {
  nodeHeap: 'memory of its runtime',
  jvmMemory: 'memory of its runtime',
  phpMemory: 'memory of its runtime',
  pm2MaxMemory: 'memory of its runtime',
  oomKilled: 'memory of the machine',
  unitOomKilled: 'memory of the machine',
  workerTimeout: 'timeout',
  workerTimeoutKilled: 'timeout',
  requestTimeout: 'timeout',
  harakiri: 'timeout',
  timeoutKilled: 'timeout',
  systemdWatchdog: 'timeout',
  notInTime: 'did not end in time',
  failedToStart: 'failed start',
  halted: 'failed start',
  newMasterExited: 'failed start',
  newMasterSignal: 'failed start',
  goPanic: 'exception',
  rustPanic: 'exception',
  rustThreadPanic: 'exception',
  jvmThreadException: 'exception',
  nodeException: 'exception',
  cppException: 'exception',
  dotnetException: 'exception',
  denoException: 'exception',
  bunException: 'exception',
  phpException: 'exception',
  rubyException: 'exception',
  elixirExit: 'exception',
  nodemonCrash: 'exception',
  goFatal: 'fault in native code',
  pythonFatal: 'fault in native code',
  rustFatal: 'fault in native code',
  jvmCrash: 'fault in native code',
  stackSmashed: 'fault in native code',
  heapCorrupted: 'fault in native code',
  segfault: 'fault in native code',
  coreDumped: 'fault in native code',
  masterSignal: 'told to end',
  serverSignal: 'told to end',
  pm2CodeOrSigint: 'told to end',
  exited: 'exit code',
  exitedUnexpectedly: 'exit code',
  unexpectedCode: 'exit code',
  haltedByCode: 'exit code',
  beamCrash: 'exit code',
};

const nativeSignals: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGABRT',
  'SIGTRAP',
  'SIGSYS',
]);

/** What a shell makes of SIGKILL. */
const killedCode = 137;

function faultOf({ reason, exitCode, signal }: SaidOfEnd): FaultOfReason {
  if (reason === 'exited' && exitCode === killedCode) return 'killed';
  if (reason !== 'signal') return faults[reason] ?? 'no cause';
  if (signal === 'SIGKILL') return 'killed';
  return signal !== undefined && nativeSignals.has(signal) ? 'fault in native code' : 'told to end';
}

/** What a cause says of a crash. What came first is why, but for memory: what ended for that may have been slow before. */
export function faultIn(cause: CauseOfEnd): FaultOfReason {
  const told = isForMemory(cause) ? reasonsIn(cause) : (cause.steps[0] ?? []);
  const found = new Set(told.map(faultOf));
  return ofReasons.find((fault) => found.has(fault)) ?? 'no cause';
}

/** Whether it says that a process was killed as the kernel kills one for want of memory. */
export const saysKilled = (cause: CauseOfEnd): boolean => ['killed', 'memory of the machine'].includes(faultIn(cause));

/** Whether a process may have been killed so, by what is said of its end. */
export function mayBeKilled(cause: CauseOfEnd | null): boolean {
  if (cause === null || onlyReason(cause)?.reason === 'exitedUnexpectedly') return true;
  return saysKilled(cause) || faultIn(cause) === 'no cause';
}
