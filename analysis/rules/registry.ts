import { anyResponse } from './any-response.ts';
import { authentication } from './authentication.ts';
import { averageResponseTime } from './average-response-time.ts';
import { cpu } from './cpu.ts';
import { databaseAndRedis } from './database-and-redis.ts';
import { descriptors } from './descriptors.ts';
import { errorRate } from './error-rate.ts';
import { exactlyOnce } from './exactly-once.ts';
import { limitedShare } from './limited-share.ts';
import { memoryGrowth } from './memory-growth.ts';
import { memoryLeak } from './memory-leak.ts';
import { onEachMachine } from './on-each-machine.ts';
import { p95ResponseTime } from './p95-response-time.ts';
import { rateLimiter } from './rate-limiter.ts';
import { responsiveness } from './responsiveness.ts';
import { successRate } from './success-rate.ts';
import { workerCrashes } from './worker-crashes.ts';

/** All criteria, in the order of the report. A new one is a file beside this one and a line here. */
export const rules = [
  workerCrashes,
  onEachMachine(memoryGrowth, { withinMs: 1000 }),
  onEachMachine(memoryLeak, { withinMs: 250 }),
  onEachMachine(descriptors, { withinMs: 1000 }),
  successRate,
  errorRate,
  averageResponseTime,
  p95ResponseTime,
  anyResponse,
  responsiveness,
  onEachMachine(cpu, { withinMs: 5000 }),
  rateLimiter,
  limitedShare,
  exactlyOnce,
  authentication,
  databaseAndRedis,
] as const;

export type CriterionId = (typeof rules)[number]['id'];
export const criterionIds: readonly CriterionId[] = rules.map(({ id }) => id);
