import { defaultMonitoringPaths } from '../../contract/profile/monitoring-paths.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { interruptedCode, usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';
import { serverOptions, waysToFind } from './server-options.ts';

const probedPath = { match: /^(\/|none$)/, be: 'a path that begins with "/", or none' };

const options = {
  ...serverOptions,
  'started-pid': {
    kind: 'number',
    value: 'N',
    min: 1,
    max: 4_194_304,
    meaning: 'with --port: what `run --exec` has started, which is watched whole if a proxy in it holds the port',
  },
  duration: {
    kind: 'number',
    value: 'SECONDS',
    default: 300,
    min: 0,
    max: 31_536_000,
    whole: false,
    meaning: 'how long to watch; 0 means until stopped',
  },
  interval: {
    kind: 'number',
    value: 'SECONDS',
    default: 1,
    min: 0.1,
    max: 3600,
    whole: false,
    meaning: 'time between two samples',
  },
  'base-url': {
    kind: 'text',
    value: 'URL',
    meaning:
      'server for health checks and statistics (default: http://127.0.0.1:PORT with --port, else none). MONITORING_TOKEN is sent as a bearer token',
  },
  'allow-host': {
    kind: 'list',
    value: 'HOST',
    meaning: 'allow health checks of this host outside loopback',
    variable: 'ALLOW_HOST',
  },
  'probe-address': {
    kind: 'text',
    value: 'IP',
    meaning: 'address to connect to (default: what the host of --base-url resolves to at the start)',
  },
  'health-path': {
    kind: 'text',
    value: 'PATH',
    default: defaultMonitoringPaths.health,
    meaning: 'path of the health check, or none',
    must: probedPath,
  },
  'redis-path': {
    kind: 'text',
    value: 'PATH',
    default: defaultMonitoringPaths.redis,
    meaning: 'path of the Redis statistics, or none',
    must: probedPath,
  },
  'database-path': {
    kind: 'text',
    value: 'PATH',
    default: defaultMonitoringPaths.database,
    meaning: 'path of the database statistics, or none',
    must: probedPath,
  },
  metrics: {
    kind: 'text',
    value: 'PATH|URL',
    default: 'none',
    meaning: "the server's Prometheus page: a path, a URL on the same host, or none",
    must: { match: /^(\/|https?:\/\/|none$)/, be: 'a path that begins with "/", a URL, or none' },
  },
  'stores-only': {
    kind: 'flag',
    meaning:
      'watch no processes: ask Redis and PostgreSQL (MONITOR_REDIS_URL, MONITOR_POSTGRES_URL) and the server at --base-url, read --metrics and --log',
  },
  dir: { kind: 'text', value: 'DIR', meaning: 'folder for the journal (default: reports/monitor-TIME)' },
  continue: {
    kind: 'flag',
    meaning:
      'add to the journal in --dir, after a monitor that died, instead of writing it anew: with its --run-id and --clock',
  },
  listen: {
    kind: 'text',
    value: '[IP:]PORT',
    meaning:
      'serve the clock and the journal, read-only, to whoever shows MONITOR_TOKEN, as `run --monitor-url` does (IP: 127.0.0.1 by default)',
  },
  host: {
    kind: 'text',
    value: 'NAME',
    meaning: 'what a report of several machines calls this one (default: its name)',
    must: { match: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, be: 'up to 100 letters, digits, dots, dashes and underscores' },
  },
  'run-id': { kind: 'text', value: 'ID', meaning: 'run that this journal belongs to' },
  clock: {
    kind: 'text',
    value: 'WALL:MONOTONIC',
    meaning: 'clock of that run, two numbers in microseconds',
    must: { match: /^\d{1,16}:\d{1,16}$/, be: 'two numbers of microseconds, WALL:MONOTONIC' },
  },
  thresholds: {
    kind: 'text',
    value: 'JSON',
    meaning: 'when to raise alerts, as `criteria` of a profile (default: docs/criteria.md)',
  },
  'stop-with-stdin': { kind: 'flag', meaning: 'also stop when stdin closes' },
  quiet: { kind: 'flag', meaning: 'print alerts and problems only' },
  json: {
    kind: 'flag',
    meaning: 'write what it says to standard output, one JSON object a line, for the run that started it',
  },
  report: { kind: 'flag', meaning: 'at the end, build the report of the run in --dir' },
} as const;

export const monitorTable = {
  name: 'monitor',
  summary: 'Watch a server and record its health.',
  operands: '',
  maxOperands: 0,
  description: [
    `Give one of ${waysToFind}.`,
    'With MONITOR_REDIS_URL and MONITOR_POSTGRES_URL set, it asks these stores itself once a second and changes nothing in them.',
  ],
  options,
  lists: [],
  examples: [
    ['webhook-stress monitor --port 8000', 'watch what listens on port 8000 for five minutes'],
    ['webhook-stress monitor --process gunicorn --duration 0', 'watch until Ctrl-C'],
  ],
  exitCodes: [
    [exitCodes.passed, 'the time is over, or it was stopped'],
    usageCode,
    [exitCodes.inconclusive, 'something could not be written'],
    interruptedCode,
  ],
} as const satisfies CommandTable<typeof options>;
