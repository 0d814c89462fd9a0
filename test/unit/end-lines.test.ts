import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonInWords } from '../../contract/journal/end-reasons.ts';
import { endLinesIn } from '../../monitor/log/end-lines.ts';
import { safeLine } from '../../monitor/log/safe-line.ts';

type Expected = readonly [line: string, pid: number | null, means: string, cause: RegExp];

/** Lines as the servers' own sources write them. */
const lines: readonly Expected[] = [
  ['[2026-11-25 23:01:27 +0000] [28] [CRITICAL] WORKER TIMEOUT (pid:20039)', 20039, 'crash', /timeout and was aborted/],
  ['[28] [ERROR] Worker (pid:49) was sent SIGKILL! Perhaps out of memory?', 49, 'crash', /ended by SIGKILL/],
  ['[28] [INFO] Worker (pid:49) was sent SIGTERM!', 49, 'ended', /ended by SIGTERM/],
  ['[28] [WARNING] Worker (pid:49) was sent SIGABRT!', 49, 'crash', /SIGABRT/],
  ['[28] [WARNING] Worker with pid 49 was terminated due to signal 9', 49, 'crash', /SIGKILL/],
  ['[28] [WARNING] Worker with pid 49 was terminated due to signal 15', 49, 'ended', /SIGTERM/],
  ['[28] [ERROR] Worker (pid:49) exited with code 3.', 49, 'crash', /code 3/],
  ['[2026-11-25 23:01:27 +0000] [49] [INFO] Worker exiting (pid: 49)', 49, 'exiting', /exiting/],
  ['[2026-11-25 23:01:27 +0000] [49] [INFO] Autorestarting worker after current request.', 49, 'graceful', /number/],
  ['{"level":"INFO","process":49,"message":"Autorestarting worker after current request."}', 49, 'graceful', /number/],
  ['[2026-11-25 23:01:27 +0000] [28] [INFO] Handling signal: hup', null, 'asked', /SIGHUP/],
  ['INFO:     Finished server process [99]', 99, 'graceful', /finished/],
  ['INFO:     Child process [99] died', 99, 'ended', /died/],
  ['INFO:     Terminated child process [99]', 99, 'asked', /told/],
  ['INFO:     Received SIGHUP, restarting processes.', null, 'asked', /SIGHUP/],
  ['WARNING:  Maximum request limit of 100 exceeded. Terminating process.', null, 'graceful', /number of requests/],
  ["WARNING:  StatReload detected changes in 'app.py'. Reloading...", null, 'asked', /reloaded/],
  ['! Terminating timed out worker (worker failed to check in within 60 seconds): 4711', 4711, 'crash', /timeout/],
  ['[1] - Stopping 4711 for phased upgrade...', 4711, 'graceful', /phased/],
  ['[25-Nov-2026] WARNING: [pool www] child 51 exited on signal 9 (SIGKILL) after 8.3 seconds', 51, 'crash', /SIGKILL/],
  ['[25-Nov-2026] NOTICE: [pool www] child 51 exited with code 0 after 8.3 seconds', 51, 'graceful', /code 0/],
  [
    'WARNING: [pool www] child 51, script \'x.php\' (request: "POST /x.php") execution timed out (2.1 sec), terminating',
    51,
    'crash',
    /time/,
  ],
  ['2026/11/25 [notice] 7#7: worker process 52 exited with code 0', 52, 'graceful', /code 0/],
  ['2026/11/25 [alert] 7#7: worker process 52 exited on signal 11 (core dumped)', 52, 'crash', /SIGSEGV/],
  ['DAMN ! worker 1 (pid: 53) died, killed by signal 9 :( trying respawn ...', 53, 'crash', /SIGKILL/],
  ['Wed Nov 25 - *** HARAKIRI ON WORKER 1 (pid: 53, try: 1) ***', 53, 'crash', /harakiri/],
  ['...The work of process 53 is done. Seeya!', 53, 'graceful', /work/],
  ['E, [2026] ERROR -- : worker=0 PID:54 timeout (61s > 60s), killing', 54, 'crash', /timeout/],
  ['I, [2026] reaped #<Process::Status: pid 54 SIGKILL (signal 9)> worker=0', 54, 'crash', /SIGKILL/],
  ['I, [2026] reaped #<Process::Status: pid 54 exit 0> worker=0', 54, 'graceful', /code 0/],
  [
    'E, [2026] reaped #<Process::Status: pid 54 exit 1> exec()-ed',
    54,
    'crash',
    /the new master and exited with code 1/,
  ],
  ['2026-11-25T00:00:00Z error worker 4711 died (signal SIGKILL)', 4711, 'crash', /SIGKILL/],
  ['2026-11-25T00:00:00Z error worker 4711 died (exit code 7)', 4711, 'crash', /code 7/],
  ['2026 info worker 4711 recycled', 4711, 'graceful', /recycled/],
  ['worker 4711 exited with code: 1, signal: null', 4711, 'crash', /code 1/],
  ['Worker 4711 died (SIGSEGV). Restarting...', 4711, 'crash', /SIGSEGV/],
  ['worker 4711 died', 4711, 'ended', /ended/],
  ['worker 4711 exited, code 0', 4711, 'graceful', /code 0/],
  ['2026-11-25T00:00:00: PM2 log: App [api:0] exited with code [1] via signal [SIGINT]', null, 'crash', /code 1/],
  ['2026-11-25T00:00:00: PM2 log: App [api:0] exited with code [0] via signal [SIGKILL]', null, 'crash', /SIGKILL/],
  ['2026-11-25T00:00:00: PM2 log: App [api:0] exited with code [0] via signal [SIGINT]', null, 'ended', /SIGINT/],
  ['2026-11-25T00:00:00: PM2 log: App [api:0] exited with code [0] via signal [SIGINT]', null, 'ended', /code 0 or/],
  ['2026-11-25T00:00:00: PM2 log: pid=4711 msg=process killed', 4711, 'asked', /PM2/],
  ['2026-11-25T00:00:00: PM2 log: pid=4711 msg=process tree killed (1 pids)', 4711, 'asked', /PM2/],
  ['PM2 log: -softReload- Old worker disconnected', null, 'asked', /PM2/],
  ['host systemd[1]: api.service: Main process exited, code=killed, status=9/KILL', null, 'crash', /SIGKILL/],
  ['host systemd[1]: api.service: Main process exited, code=exited, status=1/FAILURE', null, 'crash', /code 1/],
  ['host systemd[1]: Stopping The API...', null, 'asked', /systemd/],
  ['host systemd[1]: api.service: Killing process 4711 (node) with signal SIGKILL.', 4711, 'crash', /in time/],
  ['host systemd[1]: api.service: Watchdog timeout (limit 30s)!', null, 'crash', /watchdog/],
  ['2026 INFO exited: api (terminated by SIGKILL; not expected)', null, 'crash', /SIGKILL/],
  ['2026 INFO exited: api (exit status 0; not expected)', null, 'crash', /unexpectedly with code 0/],
  ['2026 INFO exited: api (exit status 1; not expected)', null, 'crash', /code 1/],
  ["2026 WARN killing 'web' (4711) with SIGKILL", 4711, 'crash', /did not end in time/],
  ['2026 INFO exited: web (exit status 0; expected)', null, 'graceful', /code 0/],
  [" * Detected change in '/srv/app.py', reloading", null, 'asked', /code had changed/],
  ['/srv/app/views.py changed, reloading.', null, 'asked', /code had changed/],
  ['[INFO] Changes detected, reloading workers..', null, 'asked', /code had changed/],
  ['[nodemon] restarting due to changes...', null, 'asked', /code had changed/],
  ['[nodemon] app crashed - waiting for file changes before starting...', null, 'crash', /crashed/],
  ['[INFO] HUP signal received, gracefully respawning workers..', null, 'asked', /SIGHUP/],
  ['[INFO] worker-1 lifetime expired, gracefully respawning..', null, 'asked', /lifetime/],
  ['[WARNING] Killing old worker-1 after it refused to gracefully stop', null, 'crash', /in time/],
  ['[ERROR] Unexpected exit from worker-1', null, 'crash', /unexpectedly/],
  ['[pool www] child 51 has been killed by the process management after 9.1 seconds', 51, 'graceful', /not needed/],
  ['DAMN ! worker 1 (pid: 53) MISTERIOUSLY killed by signal 9 :( trying respawn ...', 53, 'crash', /SIGKILL/],
  ['...The work of process 53 is done (max requests reached (9 >= 9)). Seeya!', 53, 'graceful', /work/],
  ['worker 1 (pid: 53) is taking too much time to die...NO MERCY !!!', 53, 'crash', /in time/],
  ['Gracefully killing worker 1 (pid: 53)...', 53, 'asked', /told to end/],
  ['PM2 log: -reload- New worker listening', null, 'asked', /PM2/],
  [
    'PM2 log: Process with pid 4711 still alive after 1600ms, sending SIGKILL to 1 remaining pids...',
    4711,
    'crash',
    /time/,
  ],
  ['worker 4711 exit code=1 signal=null', 4711, 'crash', /code 1/],
  ['Worker 4711 exit: code 0', 4711, 'graceful', /code 0/],
  ['worker 3 (pid 4711) died with code null and signal SIGKILL', 4711, 'crash', /SIGKILL/],
  ['Worker process 4711 exited (code=134)', 4711, 'crash', /code 134/],
  ['[master] worker 2 died code: 1 signal: null', null, 'crash', /code 1/],
  ['{"level":"error","msg":"worker exited","pid":4711,"code":0,"signal":null}', 4711, 'graceful', /code 0/],
  ["[ERROR] Process 'ForkPoolWorker-1' pid:4711 exited with 'signal 9 (SIGKILL)'", 4711, 'crash', /SIGKILL/],
  ["thread 'main' panicked at src/main.rs:10:5:", null, 'crash', /Rust/],
  ["thread 'tokio-runtime-worker' panicked at src/main.rs:10:5:", null, 'thread-ended', /thread that panicked/],
  ["thread 'tokio-rt-worker' (4711) panicked at src/main.rs:10:5:", null, 'thread-ended', /thread that panicked/],
  ["thread '<unnamed>' panicked at 'boom', src/main.rs:10:5", null, 'thread-ended', /thread that panicked/],
  ["terminate called after throwing an instance of 'std::runtime_error'", null, 'crash', /C\+\+/],
  ['free(): double free detected in tcache 2', null, 'crash', /heap/],
  ['Unhandled exception. System.InvalidOperationException: boom', null, 'crash', /NET/],
  ['Aborting due to java.lang.OutOfMemoryError: Java heap space', null, 'crash', /JVM/],
  ['panic: runtime error: index out of range [5] with length 3', null, 'crash', /Go/],
  ['fatal error: concurrent map writes', null, 'crash', /Go/],
  ['Fatal Python error: Segmentation fault', null, 'crash', /Python/],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', null, 'crash', /heap/],
  ['Node.js v20.19.0', null, 'crash', /nobody caught/],
  ['\u001b[0m\u001b[1m\u001b[31merror\u001b[0m: Uncaught Error: ledger not reachable', null, 'crash', /Deno/],
  ['error: Uncaught (in promise) TypeError: ledger not reachable', null, 'crash', /Deno/],
  ['\u001b[2mBun v1.4.5 (Linux x64)\u001b[0m', null, 'thread-ended', /Bun/],
  ['Kernel pid terminated (application_controller) (killed)\r', null, 'crash', /BEAM/],
  ['Crash dump is being written to: erl_crash.dump...done\r', null, 'crash', /BEAM/],
  ['** (EXIT from #PID<0.96.0>) an exception was raised:', null, 'thread-ended', /Elixir/],
  ['PHP Fatal error:  Uncaught RuntimeException: boom in /srv/a.php:1', null, 'thread-ended', /nobody caught \(PHP/],
  ['[Fri Nov 27 19:49:24 2026] PHP Fatal error:  Uncaught Exception: req in a.php:1', null, 'thread-ended', /PHP/],
  [
    'PHP Fatal error:  Allowed memory size of 4194304 bytes exhausted (tried to allocate 2097152 bytes) in a.php on line 1',
    null,
    'thread-ended',
    /memory_limit/,
  ],
  ["r1.rb:1:in `f': ledger not reachable (RuntimeError)", null, 'thread-ended', /Ruby/],
  ["r1.rb:1:in 'Object#f': outer (Net::ReadTimeout)", null, 'thread-ended', /Ruby/],
  ['# A fatal error has been detected by the Java Runtime Environment:', null, 'crash', /JVM/],
  ['Exception in thread "main" java.lang.IllegalStateException: no config', null, 'thread-ended', /JVM/],
  ['Exception in thread "HTTP-Dispatcher" java.lang.OutOfMemoryError: Java heap space', null, 'thread-ended', /JVM/],
  [
    'Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread "HTTP-Dispatcher"',
    null,
    'thread-ended',
    /JVM/,
  ],
  ['Terminating due to java.lang.OutOfMemoryError: Java heap space', null, 'crash', /JVM/],
  ['Memory cgroup out of memory: Killed process 4711 (python3) total-vm:1kB', 4711, 'crash', /OOM/],
  ['python3[4711]: segfault at 0 ip 00007f sp 00007f error 4 in x.so', 4711, 'crash', /SIGSEGV/],
];

for (const [line, pid, means, cause] of lines) {
  test(`an end in the log: ${line.slice(0, 70)}`, () => {
    const [found, ...more] = endLinesIn(`2026 starting\n${line}\n2026 going on\n`);
    assert.deepEqual([found?.pid, found?.means, more.length], [pid, means, 0]);
    assert.match(found === undefined ? '' : reasonInWords(found), cause);
  });
}

/** What healthy servers log, near to what is looked for. */
const harmless: readonly string[] = [
  '127.0.0.1 - - [25/Nov/2026] "POST /hooks/worker-12-died HTTP/1.1" 202 5',
  '2026 http: panic serving 127.0.0.1:52000: boom',
  '[2026-11-25 23:01:22 +0000] [39] [INFO] Booting worker with pid: 39',
  'INFO:     Started server process [99]',
  '[28] [INFO] Handling signal: ttin',
  '[28] [INFO] Handling signal: usr1',
  'processed 4711 signals, 3 exited early',
  'INFO:     Shutting down',
  'worker 4711 started',
  'worker 4711 disconnected',
  '3 workers exited with code 1 in the last year',
  'the worker process has not died',
  'java.lang.OutOfMemoryError: Java heap space',
  'order terminated: code 1',
  'ffmpeg process exited with code 1',
  'converter child process exited with code 1',
  'child 2 exited: signal SIGTERM',
  'error: Uncaught (in worker "") Error: in worker',
  '19:47:36.077 [error] GenServer #PID<0.103.0> terminating',
  '** (RuntimeError) ledger not reachable',
  'handled at p3.pl line 1.',
  "\tfrom r1.rb:2:in `<main>'",
  "[warn] /srv/app.rb:7:in `f': retried (IOError)",
];

test('what is no end of a process is none', () => {
  for (const line of harmless) assert.deepEqual(endLinesIn(`${line}\n`), [], line);
});

test('the lines around are kept, and nothing in them that may be a secret', () => {
  const [found] = endLinesIn(
    'one\ntwo\nthree\nfour\n[2] [CRITICAL] WORKER TIMEOUT (pid:31)\nTraceback:\n  File "a.py"\n',
  );
  assert.deepEqual(found?.lines, [
    'two',
    'three',
    'four',
    '[2] [CRITICAL] WORKER TIMEOUT (pid:31)',
    'Traceback:',
    '  File "a.py"',
  ]);
  const redact = (text: string): string => text.replaceAll('hook-7', '‹secret›');
  const safe = (line: string): string => safeLine(line, redact);
  assert.equal(safe('Error handling request POST /hooks/canary-1?x=1'), 'Error handling request POST ‹path›');
  assert.equal(safe('no webhook hook-7 here'), 'no webhook ‹secret› here');
  assert.equal(safe('connect: password=canary-2 user=me'), 'connect: password=‹secret› user=me');
  assert.equal(safe('KeyError: a81f03bc99de77aa10'), 'KeyError: ‹secret›');
  assert.equal(
    safe('  File "/usr/lib/python3.11/site-packages/gunicorn/workers/sync.py", line 141, in handle'),
    '  File "/usr/lib/python3.11/site-packages/gunicorn/workers/sync.py", line 141, in handle',
  );
  assert.equal(safe('\u001b[31mred\u001b[0m\u0007'), 'red');
  assert.equal(safe('x'.repeat(5000)).length, 200);
});

test('an end that stands below a stack trace is told with the error above it', () => {
  const frames = Array.from({ length: 12 }, (_, n) => `    at step${n} (/srv/node_modules/router/index.js:${n}:1)`);
  const before = ['served 1', 'served 2', '/srv/app.js:10', "    throw new Error('audit sink')", '    ^', ''];
  const error = 'Error: audit sink not reachable';
  const linesOf = (...stack: string[]): readonly string[] | undefined =>
    endLinesIn([...before, ...stack, '', 'Node.js v20.20.2', 'worker 7 died', ''].join('\n'))[0]?.lines;
  const ending = ['Node.js v20.20.2', 'worker 7 died'];
  assert.deepEqual(linesOf(error, ...frames), [error, frames[0], frames[1], ...ending]);
  const withFields = [...frames.slice(0, -1), `${frames.at(-1)} {`, "  code: 'ECONNREFUSED',", '  port: 5432', '}'];
  assert.deepEqual(linesOf(error, ...withFields), [error, frames[0], frames[1], ...ending]);
  const rejection = '[UnhandledPromiseRejection: the promise rejected with the reason "#<Object>".] {';
  assert.deepEqual(linesOf(rejection, "  code: 'ERR_UNHANDLED_REJECTION'", '}'), [rejection, ...ending]);
  const emitted = [...frames, "Emitted 'error' event on Worker instance at:", ...frames];
  assert.deepEqual(linesOf(error, ...emitted), [error, frames[0], frames[1], ...ending]);
  assert.deepEqual(linesOf('what it said last'), ['what it said last', ...ending]);
});

test('an end below a log of objects is told with their last lines: what opens one is no error', () => {
  const object = ['{', '  "level": "info",', '  "port": 3000,', '  "message": "served"', '}'];
  const ending = '[2] [CRITICAL] WORKER TIMEOUT (pid:31)';
  const [found] = endLinesIn(`${[...object, ...object, ending].join('\n')}\n`);
  assert.deepEqual(found?.lines, [...object.slice(-3), ending]);
});
