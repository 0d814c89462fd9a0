/**
 * Why a process ended, as its journal says it by a code, and the words for a reader, which follow "it". The words stand here alone: what
 * judges an end asks for its code. `{exitCode}` and `{signal}` stand for the field of that name.
 */
export const endReasonWords = {
  // How it ended, and not why.
  exited: 'exited with code {exitCode}',
  signal: 'was ended by {signal}',
  ended: 'ended',
  died: 'died',
  noLongerExisted: 'no longer existed',
  exitedUnexpectedly: 'exited unexpectedly',
  unexpectedCode: 'exited unexpectedly with code {exitCode}',
  // Time was over.
  workerTimeout: 'gave no sign of life within the timeout and was aborted',
  workerTimeoutKilled: 'gave no sign of life within the timeout and was killed',
  requestTimeout: 'exceeded its time for a request and was ended',
  harakiri: 'exceeded its time for a request (harakiri)',
  timeoutKilled: 'exceeded its timeout and was killed',
  systemdWatchdog: 'was ended by the watchdog of systemd',
  notInTime: 'did not end in time and was killed',
  // It did not start.
  failedToStart: 'failed to start',
  newMasterExited: 'was to take over as the new master and exited with code {exitCode}',
  newMasterSignal: 'was to take over as the new master and was ended by {signal}',
  // gunicorn says so of any worker that exits with 3 or 4, whether it had served or not, as it halts. Source: gunicorn/arbiter.py, reap_workers.
  halted: 'ended because a worker exited with a code that means a failed start',
  haltedByCode: 'ended because a worker exited with code {exitCode}',
  // Memory.
  oomKilled: 'was killed by the kernel for want of memory (OOM)',
  unitOomKilled: 'was killed for want of memory',
  nodeHeap: 'ran out of its heap (Node.js)',
  jvmMemory: 'ran out of memory (JVM)',
  phpMemory: 'ran out of memory (memory_limit of PHP)',
  pm2MaxMemory: 'was restarted by PM2: more memory than max-memory-restart',
  // What runtimes write.
  goPanic: 'panicked (Go)',
  goFatal: 'had a fatal error (Go)',
  pythonFatal: 'had a fatal error (Python)',
  nodeException: 'threw an exception that nobody caught (Node.js)',
  jvmCrash: 'crashed (JVM)',
  jvmThreadException: 'had a thread that threw an exception that nobody caught (JVM)',
  rustPanic: 'panicked (Rust)',
  rustThreadPanic: 'had a thread that panicked (Rust)',
  rustFatal: 'had a fatal error (Rust)',
  cppException: 'threw an exception that nobody caught (C++)',
  dotnetException: 'threw an exception that nobody caught (.NET)',
  denoException: 'threw an exception that nobody caught (Deno)',
  bunException: 'threw an exception that nobody caught (Bun)',
  phpException: 'threw an exception that nobody caught (PHP)',
  rubyException: 'threw an exception that nobody caught (Ruby)',
  elixirExit: 'was linked to a process that ended with an error (Elixir)',
  beamCrash: 'crashed (BEAM)',
  perlLast: 'warned or died last (Perl)',
  nodemonCrash: 'crashed, as nodemon says',
  stackSmashed: 'smashed its stack',
  heapCorrupted: 'corrupted its heap',
  segfault: 'had a segmentation fault',
  coreDumped: 'dumped core',
  // It ended as it should, or says that it ends.
  servedRequests: 'had served its number of requests',
  lifetimeOver: 'had lived for its lifetime',
  workDone: 'had done its work',
  notNeeded: 'was not needed any more',
  finishedServing: 'finished serving',
  recycled: 'was recycled',
  stopped: 'was stopped',
  stoppedGracefully: 'was stopped gracefully',
  phasedRestart: 'was replaced in a phased restart',
  reloaded: 'was reloaded',
  masterEnded: 'ended because its master had ended',
  saidExiting: 'said that it was exiting',
  // Somebody told it to end.
  toldToEnd: 'was told to end',
  codeChanged: 'was reloaded, as its code had changed',
  masterSignal: 'ended after the master got {signal}',
  masterStopped: 'ended after the master was told to stop',
  masterReloaded: 'ended after the master was reloaded',
  serverSignal: 'ended after the server got {signal}',
  serverStopped: 'ended after the server was told to stop',
  systemdStop: 'ended after systemd was told to stop it',
  supervisordStop: 'ended after supervisord was told to stop it',
  // PM2 tells an exit with code 0 and an end by SIGINT in the same words.
  pm2CodeOrSigint: 'exited with code 0 or by SIGINT: PM2 writes the same of both',
  // Of no process by its pid: each time that PM2 stops one.
  pm2Stop: 'ended after PM2 was told to stop it',
  // Of a process by its pid, once PM2 has stopped it.
  pm2Stopped: 'was stopped by PM2',
  pm2Reload: 'was reloaded by PM2',
  // An old worker that ended by itself once it was told to: PM2 writes no other line of it.
  pm2Released: 'was reloaded by PM2 and let go',
} as const satisfies Readonly<Record<string, string>>;

export type EndReason = keyof typeof endReasonWords;
export const endReasons = Object.keys(endReasonWords) as [EndReason, ...EndReason[]];

/** What is said of an end. A reason whose words have a number or a signal comes with it. */
export interface SaidOfEnd {
  readonly reason: EndReason;
  readonly exitCode?: number;
  /** Its name, such as SIGKILL. */
  readonly signal?: string;
}

/** In words that follow "it". */
export const reasonInWords = ({ reason, exitCode, signal }: SaidOfEnd): string =>
  endReasonWords[reason].replace('{exitCode}', String(exitCode ?? '?')).replace('{signal}', signal ?? '?');

export const isSameReason = (one: SaidOfEnd, other: SaidOfEnd): boolean =>
  one.reason === other.reason && one.exitCode === other.exitCode && one.signal === other.signal;

/** The fields of a reason alone, out of a line that has more. */
export const reasonOf = ({ reason, exitCode, signal }: SaidOfEnd): SaidOfEnd => ({
  reason,
  ...(exitCode === undefined ? {} : { exitCode }),
  ...(signal === undefined ? {} : { signal }),
});

/** What a line says of an end; null if it tells of something else. */
export function saidIn(line: Partial<SaidOfEnd>): SaidOfEnd | null {
  const { reason } = line;
  return reason === undefined ? null : reasonOf({ ...line, reason });
}
