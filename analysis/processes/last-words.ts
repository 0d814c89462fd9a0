/** What the journal says of an end, in words that follow "it". */
interface Said {
  readonly cause: string;
  readonly atUs: number;
}

/** What a runtime writes before it dies comes so shortly before the end. */
const beforeUs = 3_000_000;
/** Its writer may keep it in a buffer; what comes later than this may be of the next process. */
const afterUs = 2_000_000;
/** Ends that are so close together cannot be told apart by the time of a line. */
const togetherUs = 500_000;

const statusWords = /^(?:exited with code (\d+)|was ended by (SIG[A-Z\d]+))$/;

const coreSignals = ['SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'];

/**
 * What gunicorn says of any worker that exits with 3 or 4, whether it had served or not, as it halts. Source: gunicorn/arbiter.py,
 * reap_workers.
 */
export const haltWords = 'ended because a worker exited with a code that means a failed start';
/** The same in earlier journals. */
export const earlierHaltWords = 'ended because a worker failed to start';

/**
 * Last words that name no process, in the journal's words, and the exit codes and signals by which a process ends that wrote them.
 * Sources: runtime/panic.go, Py_FatalError, what Deno, Bun, Erlang, PHP, Ruby and Perl did here, Node's list of exit codes, ExitOnOutOfMemoryError of the JVM, std::process::abort, abort(3).
 */
export const statusesOfWords: ReadonlyMap<string, readonly string[]> = new Map([
  ['panicked (Go)', ['2', 'SIGABRT']],
  ['had a fatal error (Go)', ['2', 'SIGABRT']],
  ['had a fatal error (Python)', ['1', 'SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL']],
  ['ran out of its heap (Node.js)', ['SIGABRT', 'SIGTRAP', 'SIGILL']],
  ['threw an exception that nobody caught (Node.js)', ['1', '6', '7', 'SIGABRT']],
  ['crashed (JVM)', ['SIGABRT']],
  ['ran out of memory (JVM)', ['3', 'SIGABRT']],
  ['panicked (Rust)', ['101', 'SIGABRT']],
  // With `panic = "abort"`; 101 is of the main thread, which waited for it.
  ['had a thread that panicked (Rust)', ['101', 'SIGABRT']],
  ['had a fatal error (Rust)', ['SIGABRT']],
  ['threw an exception that nobody caught (C++)', ['SIGABRT']],
  ['smashed its stack', ['SIGABRT']],
  ['corrupted its heap', ['SIGABRT']],
  ['threw an exception that nobody caught (.NET)', ['SIGABRT']],
  ['threw an exception that nobody caught (Deno)', ['1']],
  ['crashed (BEAM)', ['1', 'SIGABRT']],
  ['was linked to a process that ended with an error (Elixir)', ['1']],
  ['threw an exception that nobody caught (PHP)', ['255']],
  ['ran out of memory (memory_limit of PHP)', ['255']],
  ['threw an exception that nobody caught (Bun)', ['1']],
  ['threw an exception that nobody caught (Ruby)', ['1']],
  // die exits with errno, where there is one; who warns last may exit with any code.
  ['warned or died last (Perl)', Array.from({ length: 255 }, (_, n) => String(n + 1))],
  // Ruby and others report it, and abort.
  ['had a segmentation fault', ['SIGSEGV', 'SIGABRT']],
  ['dumped core', coreSignals],
  ['was killed for want of memory', ['SIGKILL']],
  ['was killed by the kernel for want of memory (OOM)', ['SIGKILL']],
  ['was ended by the watchdog of systemd', ['SIGABRT', 'SIGKILL']],
  [haltWords, ['3', '4']],
]);

/** Causes of ends, in the journal's words, that say that a process had too much memory. */
export const isForMemory = (cause: string): boolean =>
  /want of memory|ran out of (?:its heap|memory)|more memory than/.test(cause);

/** A shell reports a signal as 128 and its number. */
const shellCodes: Readonly<Record<string, string>> = {
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

function statusIn({ cause }: Pick<Said, 'cause'>): string | null {
  const [, code, signal] = statusWords.exec(cause) ?? [];
  return signal ?? (code === undefined ? null : (shellCodes[code] ?? code));
}

/** Whether it tells how a process ended, by exit code or signal, and not why. */
export const isStatus = (said: Pick<Said, 'cause'>): boolean => statusWords.test(said.cause);

/**
 * Whether such words can be of a process of which this is known; of words that any process may have, yes. An exit code or a signal is of one
 * that ended so.
 */
export function canHaveSaid(own: readonly Pick<Said, 'cause'>[], word: Pick<Said, 'cause'>): boolean {
  const statuses = own.flatMap((said) => statusIn(said) ?? []);
  const status = statusIn(word);
  const fitting = status === null ? statusesOfWords.get(word.cause) : [status];
  return fitting === undefined || statuses.length === 0 || statuses.some((each) => fitting.includes(each));
}

/** Whether such words can mean no other end than by this code or signal, which then tells nothing more. */
export function implies(word: Pick<Said, 'cause'>, end: Pick<Said, 'cause'>): boolean {
  const statuses = statusesOfWords.get(word.cause);
  return statuses?.length === 1 && statuses[0] === statusIn(end);
}

/** Whether it is known by what code or signal such words end a process, and this is one. */
const explains = (word: Said, end: Said): boolean => statusesOfWords.has(word.cause) && canHaveSaid([end], word);

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
    const alike = fitting.filter(({ cause, atUs }) => cause === word.cause && Math.abs(atUs - word.atUs) <= togetherUs);
    return alike.length > beside.length;
  });
}

/** Why it ended, and by what exit code or signal, in words that follow "it". */
export function explained(why: string, how: string): string {
  if (why === haltWords) return `ended because a worker ${how}`;
  return why.endsWith(how) ? why : `${why} and ${how}`;
}
