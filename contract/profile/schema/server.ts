import * as z from 'zod/mini';
import { databaseWords } from '../databases.ts';
import { defaultMonitoringPaths } from '../monitoring-paths.ts';
import { optionalPath, text, whole } from './parts.ts';

/** A path at the base URL, or a URL on its host with another port. */
const pathOrUrl = () =>
  z
    .string()
    .check(
      z.regex(
        /^(?:\/[^\s#]*|https?:\/\/[^/\s@?#]+(?:\/[^\s#]*)?)$/i,
        'must begin with "/", http:// or https://, and contain no user and no fragment',
      ),
    );

/** What makes the target collect its garbage. */
const collect = () =>
  z.discriminatedUnion('by', [
    z.strictObject({
      by: z
        .literal('request')
        .check(z.describe('A request to the server; MONITORING_TOKEN is sent as a bearer token.')),
      method: z._default(z.enum(['GET', 'POST', 'PUT']), 'POST').check(z.describe('Its method.')),
      url: pathOrUrl().check(z.describe('Its path, or its URL on the same host with another port.')),
      times: z
        ._default(whole(), 8)
        .check(
          z.describe(
            'How often it is asked in each rest, each time over a new connection: often enough to reach each worker.',
          ),
        ),
    }),
    z.strictObject({
      by: z.literal('command').check(z.describe('A program on this machine, run without a shell.')),
      command: z
        .array(text())
        .check(z.minLength(1, 'must name a program'), z.describe('Program and arguments, such as jcmd with GC.run.')),
    }),
  ]);

/** What the monitor asks the server. */
export const monitoring = () =>
  z.strictObject({
    health: z
      ._default(optionalPath(), defaultMonitoringPaths.health)
      .check(z.describe('Path of the health check; null: none.')),
    redis: z
      ._default(optionalPath(), defaultMonitoringPaths.redis)
      .check(z.describe('Path of the Redis statistics; null: none.')),
    database: z
      ._default(optionalPath(), defaultMonitoringPaths.database)
      .check(z.describe('Path of the database statistics; null: none.')),
    metrics: z
      ._default(z.nullable(pathOrUrl()), null)
      .check(
        z.describe(
          "Path of the server's Prometheus page, such as /metrics, or its URL on the same host with another port: the runtime's own heap tells a leak from a lazy collector. null: none.",
        ),
      ),
    collect: z
      ._default(z.nullable(collect()), null)
      .check(
        z.describe(
          'What makes the server collect its garbage: it is asked in each rest of memory-leak, so that what stays is not garbage. null: nothing.',
        ),
      ),
  });

/** How the monitor finds the server's processes. */
export const findProcess = () =>
  z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('port').check(z.describe('What listens on the port of the base URL.')) }),
    z.strictObject({
      by: z.literal('name').check(z.describe('The process whose executable or script has this name.')),
      name: text().check(z.describe('This name.')),
    }),
    z.strictObject({ by: z.literal('none').check(z.describe('Watch no processes.')) }),
  ]);

export const presence = () => z._default(z.enum(['present', 'none', 'unknown']), 'unknown');

export const database = () => z._default(z.enum(databaseWords), 'unknown');

/** What Redis is there for: it decides what an evicted key means. */
export const redisUse = () => z._default(z.enum(['state', 'cache', 'unknown']), 'unknown');

export const baseUrl = () =>
  z._default(
    z.nullable(
      z
        .string()
        .check(
          z.regex(
            /^https?:\/\/[^/\s@?#]+(\/[^\s?#]*)?$/i,
            'must begin with http:// or https://, name a host, and contain no user, query or fragment',
          ),
        ),
    ),
    null,
  );
