import * as z from 'zod/mini';
import { behindWrongKind } from './behind-wrong-kind.ts';
import { contradictions, type Sections } from './consistency.ts';
import { formerFields } from './former-fields.ts';
import { openFields } from './known-fields.ts';
import { problemsOf, valueAt } from './problems.ts';
import { type TargetProfile, targetProfile } from './profile.ts';
import { repaired } from './repaired.ts';

/** Each section by itself, so that contradictions between fields that are right are told although others are wrong. */
function sectionsOf(value: unknown): Sections {
  const { shape } = targetProfile();
  const fields: Readonly<Record<string, unknown>> =
    typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  function section<T>(name: keyof TargetProfile, schema: z.ZodMiniType<T>): T | null {
    const parsed = z.safeParse(schema, fields[name]);
    if (parsed.success) return parsed.data;
    return name in fields ? repaired(schema, fields[name], (path) => openFields(value, [name, ...path])) : null;
  }
  return {
    name: section('name', shape.name),
    baseUrl: section('baseUrl', shape.baseUrl),
    request: section('request', shape.request),
    secret: section('secret', shape.secret),
    answers: section('answers', shape.answers),
    limiter: section('limiter', shape.limiter),
    idempotency: section('idempotency', shape.idempotency),
    readback: section('readback', shape.readback),
    provisioning: section('provisioning', shape.provisioning),
    monitoring: section('monitoring', shape.monitoring),
    process: section('process', shape.process),
    redis: section('redis', shape.redis),
    redisUse: section('redisUse', shape.redisUse),
    database: section('database', shape.database),
    criteria: section('criteria', shape.criteria),
  };
}

/**
 * Checks a profile and fills in its defaults.
 * @returns the profile, or null and every problem found as `path: what is wrong`.
 */
export function readProfile(value: unknown): {
  readonly profile: TargetProfile | null;
  readonly problems: readonly string[];
} {
  const parsed = z.safeParse(targetProfile(), value);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, value, (path) => openFields(value, path))),
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => behindWrongKind(issue, value))),
    ...formerFields(value),
    ...contradictions(sectionsOf(value), (path) => valueAt(value, path.split('.')) !== undefined),
  ];
  return { profile: parsed.success && problems.length === 0 ? parsed.data : null, problems };
}
