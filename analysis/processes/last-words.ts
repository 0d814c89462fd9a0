import { type EndReason, isSameReason, type SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import { type CauseOfEnd, reasonsIn } from './cause-of-end.ts';

interface Said extends SaidOfEnd {
  readonly atUs: number;
}

/** An exit code, or the name of a signal. */
type Status = number | string;

/** What a runtime writes before it dies comes so shortly before the end. */
const beforeUs = 3_000_000;
/** Its writer may keep it in a buffer; what comes later than this may be of the next process. */
const afterUs = 2_000_000;
/** Ends that are so close together cannot be told apart by the time of a line. */
const togetherUs = 500_000;

/** By which the kernel or a runtime ends a process that did something wrong. */
const faultSignals: readonly Status[] = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'];
const coreSignals: readonly Status[] = ['SIGQUIT', ...faultSignals];

/**
 * Reasons that last words which name no process tell, and the exit codes and signals by which a process ends that wrote them.
 * Sources: runtime/panic.go, Py_FatalError, what Deno, Bun, Erlang, PHP, Ruby and Perl did here, Node's list of exit codes, ExitOnOutOfMemoryError of the JVM, std::process::abort, abort(3).
 */
export const statusesOfReasons: ReadonlyMap<EndReason, readonly Status[]> = new Map([
  ['goPanic', [2, 'SIGABRT']],
  ['goFatal', [2, 'SIGABRT']],
  ['pythonFatal', [1, 'SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL']],
  ['nodeHeap', ['SIGABRT', 'SIGTRAP', 'SIGILL']],
  ['nodeException', [1, 6, 7, 'SIGABRT']],
  ['jvmCrash', ['SIGABRT']],
  ['jvmMemory', [3, 'SIGABRT']],
  ['jvmThreadException', [1]],
  ['rustPanic', [101, 'SIGABRT']],
  // With `panic = "abort"`; 101 is of the main thread, which waited for it.
  ['rustThreadPanic', [101, 'SIGABRT']],
  ['rustFatal', ['SIGABRT']],
  ['cppException', ['SIGABRT']],
  ['stackSmashed', ['SIGABRT']],
  ['heapCorrupted', ['SIGABRT']],
  ['dotnetException', ['SIGABRT']],
  ['denoException', [1]],
  ['beamCrash', [1, 'SIGABRT']],
  ['elixirExit', [1]],
  ['phpException', [255]],
  ['phpMemory', [255]],
  ['bunException', [1]],
  ['rubyException', [1]],
  // die exits with errno, where there is one; who warns last may exit with any code.
  ['perlLast', Array.from({ length: 255 }, (_, n) => n + 1)],
  // Ruby and others report it, and abort.
  ['segfault', ['SIGSEGV', 'SIGABRT']],
  ['coreDumped', coreSignals],
  ['unitOomKilled', ['SIGKILL']],
  ['oomKilled', ['SIGKILL']],
  ['systemdWatchdog', ['SIGABRT', 'SIGKILL']],
  ['halted', [3, 4]],
]);

const reasonsOfMemory: ReadonlySet<EndReason> = new Set([
  'nodeHeap',
  'jvmMemory',
  'phpMemory',
  'pm2MaxMemory',
  'oomKilled',
  'unitOomKilled',
]);

/** Whether a cause says that a process had too much memory. */
export const isForMemory = (cause: CauseOfEnd): boolean =>
  reasonsIn(cause).some(({ reason }) => reasonsOfMemory.has(reason));

/** A shell reports a signal as 128 and its number. */
const shellCodes: Readonly<Record<number, string>> = {
  131: 'SIGQUIT',
  132: 'SIGILL',
  133: 'SIGTRAP',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  159: 'SIGSYS',
};

function statusIn({ reason, exitCode, signal }: SaidOfEnd): Status | null {
  if (reason === 'signal') return signal ?? null;
  return reason !== 'exited' || exitCode === undefined ? null : (shellCodes[exitCode] ?? exitCode);
}

/** Whether it tells how a process ended, by exit code or signal, and not why. */
export const isStatus = (said: SaidOfEnd): boolean => statusIn(said) !== null;

/** Whether a signal is told, or may have been: what somebody ended did not end by itself. */
export const tellsSignal = ({ reason, signal }: SaidOfEnd): boolean =>
  signal !== undefined || reason === 'pm2CodeOrSigint';

/** Whether it tells of such a signal, which nobody sends to ask a process to end. */
export function isOfFault(said: SaidOfEnd): boolean {
  const status = statusIn(said);
  return status !== null && faultSignals.includes(status);
}

/**
 * Whether such words can be of a process of which this is known; of words that any process may have, yes. An exit code or a signal is of one
 * that ended so.
 */
export function canHaveSaid(own: readonly SaidOfEnd[], word: SaidOfEnd): boolean {
  const statuses = own.flatMap((said) => statusIn(said) ?? []);
  const status = statusIn(word);
  const fitting = status === null ? statusesOfReasons.get(word.reason) : [status];
  return fitting === undefined || statuses.length === 0 || statuses.some((each) => fitting.includes(each));
}

/** Whether such words can mean no other end than by this code or signal, which then tells nothing more. */
export function implies(word: SaidOfEnd, end: SaidOfEnd): boolean {
  const statuses = statusesOfReasons.get(word.reason);
  return statuses?.length === 1 && statuses[0] === statusIn(end);
}

/** Whether it is known by what code or signal such words end a process, and this is one. */
const explains = (word: Said, end: Said): boolean => statusesOfReasons.has(word.reason) && canHaveSaid([end], word);

/**
 * Of the words that name no process, those of the process with this end: they fit its exit code or signal, and its moment. Where others
 * end so at that moment, there must be such words for each of them.
 * @param others ends, told by exit code or signal alone, of processes that may have said it instead.
 */
export function wordsOf<Word extends Said>(
  end: Said,
  words: readonly Word[],
  others: () => readonly Said[],
): readonly Word[] {
  const fitting = words.filter(
    (word) => explains(word, end) && word.atUs >= end.atUs - beforeUs && word.atUs <= end.atUs + afterUs,
  );
  if (fitting.length === 0) return [];
  const least = fitting.reduce((min, { atUs }) => Math.min(min, Math.abs(atUs - end.atUs)), Number.POSITIVE_INFINITY);
  const all = others();
  return fitting.filter((word) => {
    const distance = Math.abs(word.atUs - end.atUs);
    if (distance > least + togetherUs) return false;
    const rivals = all.filter((other) => explains(word, other));
    if (rivals.some((other) => Math.abs(other.atUs - word.atUs) + togetherUs < distance)) return false;
    const beside = rivals.filter((other) => Math.abs(other.atUs - end.atUs) <= togetherUs);
    const alike = fitting.filter(
      (other) => isSameReason(other, word) && Math.abs(other.atUs - word.atUs) <= togetherUs,
    );
    return alike.length > beside.length;
  });
}
