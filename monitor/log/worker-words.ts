import type { WorkerSaying } from '../../contract/journal/monitor-lines.ts';
import { masterSays } from './master-words.ts';
import { withoutColors } from './safe-line.ts';

/** What masters write of the workers on their own list, and of no other child. Each as its source has it. */
const ofWorkersAlone: readonly RegExp[] = [
  // gunicorn
  /WORKER TIMEOUT \(pid: ?(?<pid>\d+)\)/,
  // uvicorn
  /Child process \[(?<pid>\d+)\] (?:died|failed to start)/,
  // php-fpm: of a child that is not its own it says "unknown child".
  /\[pool [^\]]*\] child (?<pid>\d+)(?:, | exited )/,
  // uWSGI
  /HARAKIRI.* ON WORKER \d+ \(pid: (?<pid>\d+)/,
  /DAMN ! worker \d+ \(pid: (?<pid>\d+)\)/,
  /worker \d+ \(pid: (?<pid>\d+)\) is taking too much time/,
  // Puma
  /Terminating timed out worker.*?:? (?<pid>\d+)\s*$/,
  // Unicorn: of a child that is not its own it says "worker=unknown".
  /worker=\d+ PID:(?<pid>\d+) timeout \(/,
  /reaped #<Process::Status: pid (?<pid>\d+) .*\bworker=\d/,
];

/** gunicorn: older versions write it of any child. */
const ofAnyChild = /Worker (?:\(pid: ?|with pid )(?<pid>\d+)\)? (?:was|exited)\b/;
const worker = /\bworker\b/i;
/** Unicorn reaped what is none of its workers. */
const unknown = /\bworker=unknown\b/;

/** Whether the lines around what a log says of the end of a process call it a worker; null if none does. */
export function saysWorker(lines: readonly string[], pid: number): WorkerSaying | null {
  const plain = lines.map(withoutColors);
  const isOf = (line: string): boolean => ofWorkersAlone.some((words) => words.exec(line)?.groups?.pid === String(pid));
  if (plain.some(isOf)) return 'surely';
  const isCalled = (line: string): boolean =>
    ofAnyChild.exec(line)?.groups?.pid === String(pid) ||
    (worker.test(line) && !unknown.test(line) && masterSays(line)?.pid === pid);
  return plain.some(isCalled) ? 'perhaps' : null;
}
