import { codeOrSignalOfPm2, releasedByPm2, stopOfPm2, stoppedByPm2 } from '../../contract/journal/pm2-words.ts';
import { type EndWord, fixed, ofItself, readingOf, withStatus } from './end-word.ts';
import { runtimeWords } from './runtime-words.ts';

// What servers and supervisors write when a process ends, each as its source has it. A test holds an example of each.

const gunicorn: readonly EndWord[] = [
  fixed(
    'WORKER TIMEOUT',
    /WORKER TIMEOUT \(pid: ?(?<pid>\d+)\)/,
    'crash',
    'gave no sign of life within the timeout and was aborted',
  ),
  withStatus('was sent SIG', /Worker \(pid: ?(?<pid>\d+)\) was sent (?<signal>SIG[A-Z\d]+)/),
  withStatus('was terminated due to signal', /Worker with pid (?<pid>\d+) was terminated due to signal (?<signal>\d+)/),
  withStatus('exited with code', /Worker \(pid: ?(?<pid>\d+)\) exited with code (?<code>\d+)/),
  ofItself('Autorestarting worker', /Autorestarting worker/, 'had served its number of requests'),
  ofItself('Worker reloading:', /Worker reloading:/, 'was reloaded'),
  ofItself('Parent changed', /Parent changed, shutting down/, 'ended because its master had ended'),
  fixed('Worker exiting (pid', /Worker exiting \(pid: ?(?<pid>\d+)\)/, 'exiting', 'said that it was exiting'),
  {
    needle: 'Handling signal: ',
    match: /Handling signal: (?<name>hup|term|int|quit|usr2|winch|ttou)\b/,
    read: ({ name = '' }) => ({ means: 'asked', cause: `ended after the master got SIG${name.toUpperCase()}` }),
  },
  fixed(
    '] Reason: ',
    /\] Reason: (?:Worker|App) failed/,
    'crash',
    'ended because a worker exited with a code that means a failed start',
  ),
];

const uvicorn: readonly EndWord[] = [
  fixed('Finished server process [', /Finished server process \[(?<pid>\d+)\]/, 'graceful', 'finished serving'),
  ofItself('Maximum request limit', /Maximum request limit of \d+ exceeded/, 'had served its number of requests'),
  fixed('Terminated child process [', /Terminated child process \[(?<pid>\d+)\]/, 'asked', 'was told to end'),
  fixed('Child process [', /Child process \[(?<pid>\d+)\] died/, 'ended', 'died'),
  fixed('failed to start, stopping', /Child process \[(?<pid>\d+)\] failed to start/, 'crash', 'failed to start'),
  {
    needle: 'Received SIG',
    match: /Received (?<name>SIG(?:TERM|INT|HUP|TTOU|BREAK))\b/,
    read: ({ name = '' }) => ({ means: 'asked', cause: `ended after the server got ${name}` }),
  },
  // uvicorn, then Werkzeug (Flask), Django, nodemon and Granian.
  ...[
    ['Reloading...', /detected (?:file )?changes? in .*Reloading/],
    ['Detected change in', /Detected change in .*, reloading/],
    ['changed, reloading', /\S+ changed, reloading\./],
    ['restarting due to changes', /restarting due to changes/],
    ['reloading workers', /Changes detected, reloading workers/],
  ].map(
    ([needle, match]): EndWord =>
      fixed(String(needle), new RegExp(match ?? ''), 'asked', 'was reloaded, as its code had changed'),
  ),
];

const pools: readonly EndWord[] = [
  // Puma
  fixed(
    'Terminating timed out worker',
    /Terminating timed out worker.*?:? (?<pid>\d+)\s*$/,
    'crash',
    'gave no sign of life within the timeout and was killed',
  ),
  fixed(
    'for phased upgrade',
    /Stopping (?<pid>\d+) for phased upgrade/,
    'graceful',
    'was replaced in a phased restart',
  ),
  fixed('Gracefully ', /Gracefully (?:shutting down|stopping)/, 'asked', 'ended after the server was told to stop'),
  // php-fpm and nginx
  fixed(
    'execution timed out',
    /child (?<pid>\d+), .*execution timed out/,
    'crash',
    'exceeded its time for a request and was ended',
  ),
  withStatus('exited with code', /(?:child|worker process) (?<pid>\d+) exited with code (?<code>\d+)/),
  withStatus('exited on signal', /(?:child|worker process) (?<pid>\d+) exited on signal (?<signal>\d+)/),
  fixed(
    'by the process management',
    /child (?<pid>\d+) has been killed by the process management/,
    'graceful',
    'was not needed any more',
  ),
  fixed('exiting, bye-bye', /exiting, bye-bye/, 'asked', 'ended after the master was told to stop'),
  fixed('Reloading in progress', /Reloading in progress/, 'asked', 'ended after the master was reloaded'),
  // uWSGI
  fixed(
    'HARAKIRI',
    /HARAKIRI.* ON WORKER \d+ \(pid: (?<pid>\d+)/,
    'crash',
    'exceeded its time for a request (harakiri)',
  ),
  {
    needle: 'DAMN ! worker',
    match:
      /DAMN ! worker \d+ \(pid: (?<pid>\d+)\) (?:died|MISTERIOUSLY killed)(?:,? (?:killed )?by signal (?<signal>\d+))?/,
    read: ({ signal }) => ({ means: 'crash', cause: signal === undefined ? 'died' : readingOf({ signal }).cause }),
  },
  fixed('Seeya', /work of process (?<pid>\d+) is done(?: \(.*\))?\. Seeya/, 'graceful', 'had done its work'),
  fixed('acefully killing worker ', /Gracefully killing worker \d+ \(pid: (?<pid>\d+)\)/, 'asked', 'was told to end'),
  fixed(
    'NO MERCY',
    /worker \d+ \(pid: (?<pid>\d+)\) is taking too much time to die/,
    'crash',
    'did not end in time and was killed',
  ),
  fixed('Segmentation Fault', /uWSGI process (?<pid>\d+) got Segmentation Fault/, 'crash', 'was ended by SIGSEGV'),
  fixed(' cheaped.', /uWSGI worker \d+ cheaped\./, 'graceful', 'was not needed any more'),
  fixed('killed successfully', /worker \d+ killed successfully \(pid: (?<pid>\d+)\)/, 'graceful', 'was reloaded'),
  fixed('gracefully killing workers', /gracefully killing workers/, 'asked', 'ended after the master was reloaded'),
  fixed(
    'killing workers',
    /SIG(?:INT|QUIT|TERM) received\.\.\.killing workers/,
    'asked',
    'ended after the master was told to stop',
  ),
  // Unicorn
  {
    needle: 'exec()-ed',
    match: /reaped #<Process::Status: pid (?<pid>\d+) (?:exit (?<code>\d+)|(?<signal>SIG[A-Z\d]+)).*> exec\(\)-ed/,
    read(groups) {
      const { means, cause } = readingOf(groups);
      return { means, cause: `was to take over as the new master and ${cause}` };
    },
  },
  fixed('timeout (', /worker=\d+ PID:(?<pid>\d+) timeout \(/, 'crash', 'exceeded its timeout and was killed'),
  withStatus('reaped #<', /reaped #<Process::Status: pid (?<pid>\d+) (?:exit (?<code>\d+)|(?<signal>SIG[A-Z\d]+))/),
  // Passenger
  fixed('no longer exists! Detaching', /Process \(pid=(?<pid>\d+), .*no longer exists!/, 'ended', 'no longer existed'),
];

const supervisors: readonly EndWord[] = [
  fixed('recycled', /worker (?<pid>\d+) recycled/i, 'graceful', 'was recycled'),
  fixed('stopped', /worker (?<pid>\d+) stopped/i, 'graceful', 'was stopped'),
  fixed(
    'racefully ',
    /gracefully (?:stopped|terminated) (?:worker|child)[^\d]*(?<pid>\d+)/i,
    'graceful',
    'was stopped gracefully',
  ),
  // PM2 writes code 0 of a signal, and SIGINT where there was none. Source: pm2, lib/God.js.
  fixed(
    '] exited with code [',
    /App \[[^\]]*\] exited with code \[0\] via signal \[SIGINT\]/,
    'ended',
    codeOrSignalOfPm2,
  ),
  {
    needle: '] exited with code [',
    match: /App \[[^\]]*\] exited with code \[(?<code>\d+)\](?: via signal \[(?<signal>SIG[A-Z\d]+)\])?/,
    read: ({ code, signal }) => readingOf(code === '0' ? { signal } : { code }),
  },
  // Stop, restart, reload, delete, scale, watch, cron and the limit of memory all write both lines. Source: pm2, lib/God/.
  fixed('msg=process ', /pid=(?<pid>\d+) msg=process (?:tree )?killed/, 'asked', stoppedByPm2),
  fixed('Stopping app:', /Stopping app:/, 'asked', stopOfPm2),
  fixed('eload- Old worker disconnected', /-softReload- Old worker disconnected/, 'asked', releasedByPm2),
  fixed('eload- New worker listening', /-(?:softR|r)eload- New worker listening/, 'asked', 'was reloaded by PM2'),
  fixed(
    'Change detected on path',
    /Change detected on path .* - restarting/,
    'asked',
    'was reloaded, as its code had changed',
  ),
  fixed(
    'max-memory-restart',
    /restarted because it exceeds --max-memory-restart/,
    'asked',
    'was restarted by PM2: more memory than max-memory-restart',
  ),
  fixed(
    'sending SIGKILL',
    /Process with pid (?<pid>\d+) still alive after .*sending SIGKILL/,
    'crash',
    'did not end in time and was killed',
  ),
  // systemd
  withStatus('Main process exited', /Main process exited, code=exited, status=(?<code>\d+)/),
  withStatus('Main process exited', /Main process exited, code=(?:killed|dumped), status=(?<signal>\d+)/),
  fixed('oom-kill', /Failed with result 'oom-kill'/, 'crash', 'was killed for want of memory'),
  fixed(
    ' with signal SIGKILL',
    /: Killing process (?<pid>\d+) \(.*\) with signal SIGKILL/,
    'crash',
    'did not end in time and was killed',
  ),
  fixed('Watchdog timeout', /: Watchdog timeout \(limit /, 'crash', 'was ended by the watchdog of systemd'),
  fixed('systemd[', /systemd\[\d+\]: Stopping /, 'asked', 'ended after systemd was told to stop it'),
  // supervisord
  fixed('not expected', /exited: \S+ \(exit status 0; not expected\)/, 'crash', 'exited unexpectedly with code 0'),
  withStatus('not expected', /exited: \S+ \(exit status (?<code>\d+); not expected\)/),
  withStatus('not expected', /exited: \S+ \(terminated by (?<signal>SIG[A-Z\d]+).*not expected\)/),
  withStatus('; expected)', /exited: \S+ \(exit status (?<code>0); expected\)/),
  fixed('with SIGKILL', /killing '[^']*' \((?<pid>\d+)\) with SIGKILL/, 'crash', 'did not end in time and was killed'),
  fixed('to stop', /waiting for \S+ to stop/, 'asked', 'ended after supervisord was told to stop it'),
  fixed('app crashed', /\[nodemon\] app crashed/, 'crash', 'crashed, as nodemon says'),
  // Granian
  fixed('Unexpected exit from worker', /Unexpected exit from worker/, 'crash', 'exited unexpectedly'),
  fixed(
    'refused to gracefully stop',
    /Killing (?:old )?worker-\d+ after it refused/,
    'crash',
    'did not end in time and was killed',
  ),
  fixed('gracefully respawning', /lifetime expired, gracefully respawning/, 'asked', 'had lived for its lifetime'),
  fixed('HUP signal received', /HUP signal received/, 'asked', 'ended after the server got SIGHUP'),
  fixed('Shutting down granian', /Shutting down granian/, 'asked', 'ended after the server was told to stop'),
];

export const endWords: readonly EndWord[] = [...gunicorn, ...uvicorn, ...pools, ...supervisors, ...runtimeWords];
