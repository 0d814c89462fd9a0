import { type EndWord, fixed, ofItself, readingOf, withStatus } from './end-word.ts';
import { runtimeWords } from './runtime-words.ts';

// What servers and supervisors write when a process ends, each as its source has it. A test holds an example of each.

const gunicorn: readonly EndWord[] = [
  fixed('WORKER TIMEOUT', /WORKER TIMEOUT \(pid: ?(?<pid>\d+)\)/, 'crash', 'workerTimeout'),
  withStatus('was sent SIG', /Worker \(pid: ?(?<pid>\d+)\) was sent (?<signal>SIG[A-Z\d]+)/),
  withStatus('was terminated due to signal', /Worker with pid (?<pid>\d+) was terminated due to signal (?<signal>\d+)/),
  withStatus('exited with code', /Worker \(pid: ?(?<pid>\d+)\) exited with code (?<code>\d+)/),
  ofItself('Autorestarting worker', /Autorestarting worker/, 'servedRequests'),
  ofItself('Worker reloading:', /Worker reloading:/, 'reloaded'),
  ofItself('Parent changed', /Parent changed, shutting down/, 'masterEnded'),
  fixed('Worker exiting (pid', /Worker exiting \(pid: ?(?<pid>\d+)\)/, 'exiting', 'saidExiting'),
  {
    needle: 'Handling signal: ',
    match: /Handling signal: (?<name>hup|term|int|quit|usr2|winch|ttou)\b/,
    read: ({ name = '' }) => ({ means: 'asked', reason: 'masterSignal', signal: `SIG${name.toUpperCase()}` }),
  },
  fixed('] Reason: ', /\] Reason: (?:Worker|App) failed/, 'crash', 'halted'),
];

const uvicorn: readonly EndWord[] = [
  fixed('Finished server process [', /Finished server process \[(?<pid>\d+)\]/, 'graceful', 'finishedServing'),
  ofItself('Maximum request limit', /Maximum request limit of \d+ exceeded/, 'servedRequests'),
  fixed('Terminated child process [', /Terminated child process \[(?<pid>\d+)\]/, 'asked', 'toldToEnd'),
  fixed('Child process [', /Child process \[(?<pid>\d+)\] died/, 'ended', 'died'),
  fixed('failed to start, stopping', /Child process \[(?<pid>\d+)\] failed to start/, 'crash', 'failedToStart'),
  {
    needle: 'Received SIG',
    match: /Received (?<name>SIG(?:TERM|INT|HUP|TTOU|BREAK))\b/,
    read: ({ name = '' }) => ({ means: 'asked', reason: 'serverSignal', signal: name }),
  },
  // uvicorn, then Werkzeug (Flask), Django, nodemon and Granian.
  ...[
    ['Reloading...', /detected (?:file )?changes? in .*Reloading/],
    ['Detected change in', /Detected change in .*, reloading/],
    ['changed, reloading', /\S+ changed, reloading\./],
    ['restarting due to changes', /restarting due to changes/],
    ['reloading workers', /Changes detected, reloading workers/],
  ].map(([needle, match]): EndWord => fixed(String(needle), new RegExp(match ?? ''), 'asked', 'codeChanged')),
];

const pools: readonly EndWord[] = [
  // Puma
  fixed(
    'Terminating timed out worker',
    /Terminating timed out worker.*?:? (?<pid>\d+)\s*$/,
    'crash',
    'workerTimeoutKilled',
  ),
  fixed('for phased upgrade', /Stopping (?<pid>\d+) for phased upgrade/, 'graceful', 'phasedRestart'),
  fixed('Gracefully ', /Gracefully (?:shutting down|stopping)/, 'asked', 'serverStopped'),
  // php-fpm and nginx
  fixed('execution timed out', /child (?<pid>\d+), .*execution timed out/, 'crash', 'requestTimeout'),
  withStatus('exited with code', /(?:child|worker process) (?<pid>\d+) exited with code (?<code>\d+)/),
  withStatus('exited on signal', /(?:child|worker process) (?<pid>\d+) exited on signal (?<signal>\d+)/),
  fixed(
    'by the process management',
    /child (?<pid>\d+) has been killed by the process management/,
    'graceful',
    'notNeeded',
  ),
  fixed('exiting, bye-bye', /exiting, bye-bye/, 'asked', 'masterStopped'),
  fixed('Reloading in progress', /Reloading in progress/, 'asked', 'masterReloaded'),
  // uWSGI
  fixed('HARAKIRI', /HARAKIRI.* ON WORKER \d+ \(pid: (?<pid>\d+)/, 'crash', 'harakiri'),
  {
    needle: 'DAMN ! worker',
    match:
      /DAMN ! worker \d+ \(pid: (?<pid>\d+)\) (?:died|MISTERIOUSLY killed)(?:,? (?:killed )?by signal (?<signal>\d+))?/,
    read: ({ signal }) => ({ ...(signal === undefined ? { reason: 'died' } : readingOf({ signal })), means: 'crash' }),
  },
  fixed('Seeya', /work of process (?<pid>\d+) is done(?: \(.*\))?\. Seeya/, 'graceful', 'workDone'),
  fixed('acefully killing worker ', /Gracefully killing worker \d+ \(pid: (?<pid>\d+)\)/, 'asked', 'toldToEnd'),
  fixed('NO MERCY', /worker \d+ \(pid: (?<pid>\d+)\) is taking too much time to die/, 'crash', 'notInTime'),
  {
    needle: 'Segmentation Fault',
    match: /uWSGI process (?<pid>\d+) got Segmentation Fault/,
    read: () => readingOf({ signal: 'SIGSEGV' }),
  },
  fixed(' cheaped.', /uWSGI worker \d+ cheaped\./, 'graceful', 'notNeeded'),
  fixed('killed successfully', /worker \d+ killed successfully \(pid: (?<pid>\d+)\)/, 'graceful', 'reloaded'),
  fixed('gracefully killing workers', /gracefully killing workers/, 'asked', 'masterReloaded'),
  fixed('killing workers', /SIG(?:INT|QUIT|TERM) received\.\.\.killing workers/, 'asked', 'masterStopped'),
  // Unicorn
  {
    needle: 'exec()-ed',
    match: /reaped #<Process::Status: pid (?<pid>\d+) (?:exit (?<code>\d+)|(?<signal>SIG[A-Z\d]+)).*> exec\(\)-ed/,
    read(groups) {
      const reading = readingOf(groups);
      return { ...reading, reason: reading.reason === 'signal' ? 'newMasterSignal' : 'newMasterExited' };
    },
  },
  fixed('timeout (', /worker=\d+ PID:(?<pid>\d+) timeout \(/, 'crash', 'timeoutKilled'),
  withStatus('reaped #<', /reaped #<Process::Status: pid (?<pid>\d+) (?:exit (?<code>\d+)|(?<signal>SIG[A-Z\d]+))/),
  // Passenger
  fixed('no longer exists! Detaching', /Process \(pid=(?<pid>\d+), .*no longer exists!/, 'ended', 'noLongerExisted'),
];

const supervisors: readonly EndWord[] = [
  fixed('recycled', /worker (?<pid>\d+) recycled/i, 'graceful', 'recycled'),
  fixed('stopped', /worker (?<pid>\d+) stopped/i, 'graceful', 'stopped'),
  fixed(
    'racefully ',
    /gracefully (?:stopped|terminated) (?:worker|child)[^\d]*(?<pid>\d+)/i,
    'graceful',
    'stoppedGracefully',
  ),
  // PM2 writes code 0 of a signal, and SIGINT where there was none. Source: pm2, lib/God.js.
  fixed(
    '] exited with code [',
    /App \[[^\]]*\] exited with code \[0\] via signal \[SIGINT\]/,
    'ended',
    'pm2CodeOrSigint',
  ),
  {
    needle: '] exited with code [',
    match: /App \[[^\]]*\] exited with code \[(?<code>\d+)\](?: via signal \[(?<signal>SIG[A-Z\d]+)\])?/,
    read: ({ code, signal }) => readingOf(code === '0' ? { signal } : { code }),
  },
  // Stop, restart, reload, delete, scale, watch, cron and the limit of memory all write both lines. Source: pm2, lib/God/.
  fixed('msg=process ', /pid=(?<pid>\d+) msg=process (?:tree )?killed/, 'asked', 'pm2Stopped'),
  fixed('Stopping app:', /Stopping app:/, 'asked', 'pm2Stop'),
  fixed('eload- Old worker disconnected', /-softReload- Old worker disconnected/, 'asked', 'pm2Released'),
  fixed('eload- New worker listening', /-(?:softR|r)eload- New worker listening/, 'asked', 'pm2Reload'),
  fixed('Change detected on path', /Change detected on path .* - restarting/, 'asked', 'codeChanged'),
  fixed('max-memory-restart', /restarted because it exceeds --max-memory-restart/, 'asked', 'pm2MaxMemory'),
  fixed('sending SIGKILL', /Process with pid (?<pid>\d+) still alive after .*sending SIGKILL/, 'crash', 'notInTime'),
  // systemd
  withStatus('Main process exited', /Main process exited, code=exited, status=(?<code>\d+)/),
  withStatus('Main process exited', /Main process exited, code=(?:killed|dumped), status=(?<signal>\d+)/),
  fixed('oom-kill', /Failed with result 'oom-kill'/, 'crash', 'unitOomKilled'),
  fixed(' with signal SIGKILL', /: Killing process (?<pid>\d+) \(.*\) with signal SIGKILL/, 'crash', 'notInTime'),
  fixed('Watchdog timeout', /: Watchdog timeout \(limit /, 'crash', 'systemdWatchdog'),
  fixed('systemd[', /systemd\[\d+\]: Stopping /, 'asked', 'systemdStop'),
  // supervisord
  {
    needle: 'not expected',
    match: /exited: \S+ \(exit status 0; not expected\)/,
    read: () => ({ means: 'crash', reason: 'unexpectedCode', exitCode: 0 }),
  },
  withStatus('not expected', /exited: \S+ \(exit status (?<code>\d+); not expected\)/),
  withStatus('not expected', /exited: \S+ \(terminated by (?<signal>SIG[A-Z\d]+).*not expected\)/),
  withStatus('; expected)', /exited: \S+ \(exit status (?<code>0); expected\)/),
  fixed('with SIGKILL', /killing '[^']*' \((?<pid>\d+)\) with SIGKILL/, 'crash', 'notInTime'),
  fixed('to stop', /waiting for \S+ to stop/, 'asked', 'supervisordStop'),
  fixed('app crashed', /\[nodemon\] app crashed/, 'crash', 'nodemonCrash'),
  // Granian
  fixed('Unexpected exit from worker', /Unexpected exit from worker/, 'crash', 'exitedUnexpectedly'),
  fixed('refused to gracefully stop', /Killing (?:old )?worker-\d+ after it refused/, 'crash', 'notInTime'),
  fixed('gracefully respawning', /lifetime expired, gracefully respawning/, 'asked', 'lifetimeOver'),
  {
    needle: 'HUP signal received',
    match: /HUP signal received/,
    read: () => ({ means: 'asked', reason: 'serverSignal', signal: 'SIGHUP' }),
  },
  fixed('Shutting down granian', /Shutting down granian/, 'asked', 'serverStopped'),
];

export const endWords: readonly EndWord[] = [...gunicorn, ...uvicorn, ...pools, ...supervisors, ...runtimeWords];
