import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { CriterionId } from '../../analysis/rules/registry.ts';
import type { TestServer } from '../fixtures/servers.ts';
import {
  startCounterServer,
  startNginx,
  startNginxConn,
  startNodeServer,
  startPythonServer,
} from '../third-party/servers.ts';
import { statuses, statusOf, stress } from './stress.ts';

/** Any name is a webhook of these servers; none has a secret. */
const webhooks = Array.from({ length: 30 }, (_, n) => `hook-${n}`).join(',');

/** What none of these servers breaks, whatever its limiter does. */
const kept: readonly CriterionId[] = ['worker-crashes', 'error-rate', 'exactly-once'];
/** What a server whose limiter is as declared keeps, too: twenty signals may all fit into a bucket. */
const keptAsDeclared: readonly CriterionId[] = ['limited-share', 'success-rate'];

const sizes = { RATE_LIMIT_BURSTS: '20', RATE_LIMIT_OFFSETS: '10', RATE_LIMIT_PROBE_SECONDS: '5' };
const shortSizes = {
  RATE_LIMIT_BURSTS: '10',
  RATE_LIMIT_OFFSETS: '5',
  RATE_LIMIT_PROBE_SECONDS: '3',
  MIN_LEGITIMATE: '0',
};

/** Servers with limiters of others, known to the suite by their profiles alone, and the verdict that each deserves. */
const cases: readonly {
  readonly name: string;
  readonly start: () => Promise<TestServer>;
  readonly profile: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** What the finding must name. */
  readonly names?: RegExp;
  /** How many worker processes the monitor must have seen. */
  readonly workers?: number;
  /** Fewer bursts, and no more requests than these: success is left open. */
  readonly isShort?: true;
}[] = [
  {
    name: 'rate-limiter-flexible in one process: a window from the first hit, as declared',
    start: startNodeServer,
    profile: 'node',
    verdict: 'pass',
  },
  {
    name: 'limits, fixed window, one worker: what such a window admits is no violation',
    start: () => startPythonServer('fixed', 1),
    profile: 'python-fixed',
    verdict: 'pass',
  },
  {
    name: 'limits, moving window, one worker: slides, as declared',
    start: () => startPythonServer('moving', 1),
    profile: 'python-moving',
    verdict: 'pass',
  },
  {
    name: 'limits, fixed window, declared as sliding: doubles at the boundary',
    start: () => startPythonServer('fixed', 1),
    profile: 'python-moving',
    verdict: 'fail',
    names: /boundary|fixed/i,
  },
  {
    name: 'limits, fixed window, two workers: each keeps its own count',
    start: () => startPythonServer('fixed', 2),
    profile: 'python-fixed',
    verdict: 'fail',
    names: /state per worker/,
    workers: 2,
  },
  {
    name: 'nginx limit_req nodelay: a bucket shared by two workers, as declared',
    start: () => startNginx('burst=20 nodelay'),
    profile: 'nginx-nodelay',
    verdict: 'pass',
    workers: 2,
  },
  {
    name: 'nginx limit_req: waiting in line is no refusal',
    start: () => startNginx('burst=5'),
    profile: 'nginx-delay',
    verdict: 'pass',
  },
  {
    name: 'limits, sliding window counter, as declared',
    start: () => startPythonServer('counter', 1),
    profile: 'python-counter',
    verdict: 'pass',
    isShort: true,
  },
  {
    name: 'a weighted two-window counter, declared as sliding: named, not accused',
    start: startCounterServer,
    profile: 'python-moving',
    verdict: 'inconclusive',
    isShort: true,
    names: /fits a weighted two-window counter/,
  },
  {
    name: 'a weighted two-window counter, undeclared: named',
    start: startCounterServer,
    profile: 'undeclared',
    verdict: 'pass',
    isShort: true,
    names: /kinds that fit: .*weighted|fits a weighted two-window counter/,
  },
  {
    name: 'limits, 10 per second and 30 per 5 s, as declared',
    start: () => startPythonServer('two', 1),
    profile: 'python-two',
    verdict: 'pass',
    isShort: true,
  },
  {
    name: 'rate-limiter-flexible with a blockDuration, as declared',
    start: () => startNodeServer(2),
    profile: 'node-block',
    verdict: 'pass',
    isShort: true,
  },
  {
    name: 'nginx limit_conn: five at once, as declared',
    start: startNginxConn,
    profile: 'nginx-conn',
    verdict: 'pass',
    isShort: true,
  },
];

describe('limiters of others get the verdict that they deserve', { concurrency: 3 }, () => {
  for (const { name, start, profile, verdict, names, workers, isShort } of cases) {
    test(`third-party server: ${name}`, async () => {
      const server = await start();
      try {
        // By port nginx would be refused: usually it only passes connections on.
        const { exitCode, report, output } = await stress(['rate-limit', '--pid', String(server.pid)], {
          BASE_URL: server.url,
          STRESS_PROFILE: join(import.meta.dirname, '..', 'third-party', `${profile}.config.json`),
          WEBHOOK_TOKEN: webhooks,
          WEBHOOK_SECRET: webhooks,
          ...(isShort === true ? shortSizes : sizes),
        });
        const limiter = report.findings.find(({ criterion }) => criterion === 'rate-limiter');
        assert.equal(limiter?.status, verdict, `${statuses(report)}\n${output}`);
        assert.equal(statusOf(report, 'worker-crashes'), 'pass', statuses(report));
        for (const criterion of verdict === 'pass' ? [...kept, ...keptAsDeclared] : kept) {
          assert.notEqual(statusOf(report, criterion), 'fail', statuses(report));
        }
        if (verdict === 'fail') assert.equal(exitCode, 1, output);
        if (names !== undefined) {
          const text = [limiter.summary, ...limiter.evidence].join('\n');
          assert.match(text, names);
        }
        if (workers !== undefined) {
          const labels = report.series.server?.memory.map(({ label }) => label) ?? [];
          assert.equal(labels.filter((label) => label.startsWith('worker ')).length, workers, labels.join(', '));
        }
      } finally {
        await server.stop();
      }
    });
  }
});
