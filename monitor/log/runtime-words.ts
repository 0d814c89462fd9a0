import { type EndReading, type EndWord, fixed } from './end-word.ts';

// What runtimes write before they end, or where what they run failed.

export const runtimeWords: readonly EndWord[] = [
  fixed('panic: ', /^panic: /, 'crash', 'panicked (Go)'),
  fixed('fatal error: ', /^fatal error: /, 'crash', 'had a fatal error (Go)'),
  fixed('Fatal Python error', /Fatal Python error: /, 'crash', 'had a fatal error (Python)'),
  fixed('FATAL ERROR: ', /^FATAL ERROR: .*(?:heap|memory)/i, 'crash', 'ran out of its heap (Node.js)'),
  fixed('Node.js v', /^Node\.js v\d+\.\d+/, 'crash', 'threw an exception that nobody caught (Node.js)'),
  fixed('Java Runtime Environment', /fatal error has been detected by the Java Runtime/, 'crash', 'crashed (JVM)'),
  fixed(
    'java.lang.OutOfMemoryError',
    /(?:Terminating|Aborting) due to java\.lang\.OutOfMemoryError/,
    'crash',
    'ran out of memory (JVM)',
  ),
  // Rust, C and C++, .NET
  fixed(' panicked at', /^thread 'main' (?:\(\d+\) )?panicked at/, 'crash', 'panicked (Rust)'),
  // It ends the process only if panics abort; else the thread alone, or the task that ran on it.
  fixed(
    ' panicked at',
    /^thread '.{1,200}' (?:\(\d+\) )?panicked at/,
    'thread-ended',
    'had a thread that panicked (Rust)',
  ),
  fixed('fatal runtime error: ', /^fatal runtime error: /, 'crash', 'had a fatal error (Rust)'),
  fixed(
    'terminate called',
    /^terminate called (?:after throwing|without an active)/,
    'crash',
    'threw an exception that nobody caught (C++)',
  ),
  fixed('stack smashing', /^\*\*\* stack smashing detected \*\*\*/, 'crash', 'smashed its stack'),
  fixed('free()', /^(?:free|double free|realloc)\(\)?: /, 'crash', 'corrupted its heap'),
  fixed('malloc', /^(?:malloc|malloc_consolidate|corrupted size)(?:\(\))?: /, 'crash', 'corrupted its heap'),
  fixed(
    'Unhandled exception. ',
    /^Unhandled exception\. [A-Z]/,
    'crash',
    'threw an exception that nobody caught (.NET)',
  ),
  fixed('Segmentation fault', /Segmentation fault/, 'crash', 'had a segmentation fault'),
  fixed('core dumped', /\(core dumped\)/, 'crash', 'dumped core'),
  fixed('Killed process', /Killed process (?<pid>\d+)/, 'crash', 'was killed by the kernel for want of memory (OOM)'),
  fixed('segfault at', /\[(?<pid>\d+)\]: segfault at/, 'crash', 'was ended by SIGSEGV'),
  // Deno may handle the error of a worker of its own.
  fixed(': Uncaught ', /^error: Uncaught (?!\(in worker )/, 'crash', 'threw an exception that nobody caught (Deno)'),
  // The BEAM; what ends one of its own processes does not end it.
  fixed('Kernel pid terminated', /^Kernel pid terminated /, 'crash', 'crashed (BEAM)'),
  fixed('Crash dump is being', /^Crash dump is being written to: /, 'crash', 'crashed (BEAM)'),
  fixed(
    '** (EXIT from ',
    /^\*\* \(EXIT from /,
    'thread-ended',
    'was linked to a process that ended with an error (Elixir)',
  ),
  // It ends a script of the command line with all of it, and under a web server the request alone.
  fixed(
    'Fatal error: ',
    /\bFatal error: {1,2}Uncaught /,
    'thread-ended',
    'threw an exception that nobody caught (PHP)',
  ),
  fixed(
    'Fatal error: ',
    /\bFatal error: {1,2}Allowed memory size of /,
    'thread-ended',
    'ran out of memory (memory_limit of PHP)',
  ),
  // Bun writes its version, too, as it ends after an error that a handler of requests threw.
  fixed('Bun v', /^Bun v\d+\.\d+\S* \(/, 'thread-ended', 'threw an exception that nobody caught (Bun)'),
  // A thread writes the same.
  ...[':in `', ":in '"].map((needle) =>
    fixed(
      needle,
      /^\S{1,300}:\d+:in [`'].{1,200}': .{0,1000}\([A-Z][\w:]{0,100}\)$/,
      'thread-ended',
      'threw an exception that nobody caught (Ruby)',
    ),
  ),
];

/** Perl writes a warning in the same way: it counts where it stands last in the log. */
export const perlWords: EndReading = { means: 'thread-ended', cause: 'warned or died last (Perl)' };

const perlLine = /^(?!\[).* at \S+ line \d+(?:, <\S+> (?:line|chunk) \d+)?\.$/;
/** Below it stand the callers that Carp's confess writes. */
const perlCaller = /^\t.* called at \S+ line \d+$/;

/** What the last lines of a log say of the end of who wrote them, which the same lines elsewhere do not say; null if nothing. */
export function lastLinesSay(lines: readonly string[]): EndReading | null {
  const last = lines.findLast((line) => !perlCaller.test(line));
  return last !== undefined && perlLine.test(last) ? perlWords : null;
}
