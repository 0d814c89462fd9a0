import { type EndReading, type EndWord, fixed, readingOf } from './end-word.ts';

// What runtimes write before they end, or where what they run failed.

export const runtimeWords: readonly EndWord[] = [
  fixed('panic: ', /^panic: /, 'crash', 'goPanic'),
  fixed('fatal error: ', /^fatal error: /, 'crash', 'goFatal'),
  fixed('Fatal Python error', /Fatal Python error: /, 'crash', 'pythonFatal'),
  fixed('FATAL ERROR: ', /^FATAL ERROR: .*(?:heap|memory)/i, 'crash', 'nodeHeap'),
  fixed('Node.js v', /^Node\.js v\d+\.\d+/, 'crash', 'nodeException'),
  fixed('Java Runtime Environment', /fatal error has been detected by the Java Runtime/, 'crash', 'jvmCrash'),
  fixed(
    'java.lang.OutOfMemoryError',
    /(?:Terminating|Aborting) due to java\.lang\.OutOfMemoryError/,
    'crash',
    'jvmMemory',
  ),
  // It ends the process only if no other thread is left; else the server lives on without what the thread did.
  // The second is what a JVM writes that had no memory to write the first.
  ...[
    /^Exception in thread ".{1,200}" \S/,
    /^Exception: \S{1,200} thrown from the UncaughtExceptionHandler in thread "/,
  ].map((match) => fixed('in thread "', match, 'thread-ended', 'jvmThreadException')),
  // Rust, C and C++, .NET
  fixed(' panicked at', /^thread 'main' (?:\(\d+\) )?panicked at/, 'crash', 'rustPanic'),
  // It ends the process only if panics abort; else the thread alone, or the task that ran on it.
  fixed(' panicked at', /^thread '.{1,200}' (?:\(\d+\) )?panicked at/, 'thread-ended', 'rustThreadPanic'),
  fixed('fatal runtime error: ', /^fatal runtime error: /, 'crash', 'rustFatal'),
  fixed('terminate called', /^terminate called (?:after throwing|without an active)/, 'crash', 'cppException'),
  fixed('stack smashing', /^\*\*\* stack smashing detected \*\*\*/, 'crash', 'stackSmashed'),
  fixed('free()', /^(?:free|double free|realloc)\(\)?: /, 'crash', 'heapCorrupted'),
  fixed('malloc', /^(?:malloc|malloc_consolidate|corrupted size)(?:\(\))?: /, 'crash', 'heapCorrupted'),
  fixed('Unhandled exception. ', /^Unhandled exception\. [A-Z]/, 'crash', 'dotnetException'),
  fixed('Segmentation fault', /Segmentation fault/, 'crash', 'segfault'),
  fixed('core dumped', /\(core dumped\)/, 'crash', 'coreDumped'),
  fixed('Killed process', /Killed process (?<pid>\d+)/, 'crash', 'oomKilled'),
  { needle: 'segfault at', match: /\[(?<pid>\d+)\]: segfault at/, read: () => readingOf({ signal: 'SIGSEGV' }) },
  // Deno may handle the error of a worker of its own.
  fixed(': Uncaught ', /^error: Uncaught (?!\(in worker )/, 'crash', 'denoException'),
  // The BEAM; what ends one of its own processes does not end it.
  fixed('Kernel pid terminated', /^Kernel pid terminated /, 'crash', 'beamCrash'),
  fixed('Crash dump is being', /^Crash dump is being written to: /, 'crash', 'beamCrash'),
  fixed('** (EXIT from ', /^\*\* \(EXIT from /, 'thread-ended', 'elixirExit'),
  // It ends a script of the command line with all of it, and under a web server the request alone.
  fixed('Fatal error: ', /\bFatal error: {1,2}Uncaught /, 'thread-ended', 'phpException'),
  fixed('Fatal error: ', /\bFatal error: {1,2}Allowed memory size of /, 'thread-ended', 'phpMemory'),
  // Bun writes its version, too, as it ends after an error that a handler of requests threw.
  fixed('Bun v', /^Bun v\d+\.\d+\S* \(/, 'thread-ended', 'bunException'),
  // A thread writes the same.
  ...[':in `', ":in '"].map((needle) =>
    fixed(needle, /^\S{1,300}:\d+:in [`'].{1,200}': .{0,1000}\([A-Z][\w:]{0,100}\)$/, 'thread-ended', 'rubyException'),
  ),
];

/** Perl writes a warning in the same way: it counts where it stands last in the log. */
export const perlWords: EndReading = { means: 'thread-ended', reason: 'perlLast' };

const perlLine = /^(?!\[).* at \S+ line \d+(?:, <\S+> (?:line|chunk) \d+)?\.$/;
/** Below it stand the callers that Carp's confess writes. */
const perlCaller = /^\t.* called at \S+ line \d+$/;

/** What the last lines of a log say of the end of who wrote them, which the same lines elsewhere do not say; null if nothing. */
export function lastLinesSay(lines: readonly string[]): EndReading | null {
  const last = lines.findLast((line) => !perlCaller.test(line));
  return last !== undefined && perlLine.test(last) ? perlWords : null;
}
