import { usesSecret, usesToken } from '../contract/profile/consistency.ts';
import { unwatchedDatabase } from '../contract/profile/databases.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import { usesReadbackToken } from '../contract/profile/readback-token.ts';
import { secondTenantAdvice } from '../contract/profile/second-tenant.ts';
import type { Environment } from './environment.ts';

/** A setting that the profile contradicts: the run goes on, and its reader is told. */
export interface Contradicted {
  /** What it is about, as doctor names it. */
  readonly name: string;
  readonly problem: string;
  readonly remedy: string;
}

/** Settings that say one thing while the profile says another. */
export function settingsAgainstProfile(
  profile: TargetProfile,
  { monitor, webhooks, ...tokens }: Pick<Environment, 'monitor' | 'webhooks' | 'readbackToken' | 'secondReadbackToken'>,
): readonly Contradicted[] {
  return [
    ...storesAgainstProfile(profile, monitor.stores),
    ...unsentOf(profile, webhooks),
    ...unaskedOf(profile, tokens),
  ];
}

const ofProfile = [
  { store: 'redis', field: 'redis', name: 'Redis', variable: 'MONITOR_REDIS_URL' },
  { store: 'postgres', field: 'database', name: 'database', variable: 'MONITOR_POSTGRES_URL' },
] as const;

/** Stores that the monitor is given, and that the profile says the server has not: they are asked and judged all the same. */
function storesAgainstProfile(
  profile: Pick<TargetProfile, 'redis' | 'database'>,
  urls: Environment['monitor']['stores'],
): readonly Contradicted[] {
  return ofProfile.flatMap(({ store, field, name, variable }) => {
    const kept = field === 'database' ? unwatchedDatabase(profile.database) : null;
    const says = kept === null ? `the server has no ${name}` : `the server keeps its data in ${kept}`;
    return urls[store] === null || (profile[field] !== 'none' && kept === null)
      ? []
      : [
          {
            name,
            problem: `${variable} is set, but the profile says that ${says}: the one behind it is asked and judged all the same`,
            remedy: `set ${field} of the profile (or ${field.toUpperCase()}) to present, or unset ${variable}`,
          },
        ];
  });
}

/** Tokens and secrets that no request carries. */
function unsentOf(profile: TargetProfile, { tokens, secrets }: Environment['webhooks']): readonly Contradicted[] {
  const unsent = (what: 'token' | 'secret', remedy: string): Contradicted => ({
    name: 'webhooks',
    problem: `WEBHOOK_${what.toUpperCase()} is set, but no request of the profile carries a ${what}: it is not sent`,
    remedy: `${remedy}, or unset WEBHOOK_${what.toUpperCase()}`,
  });
  return [
    ...(tokens.length > 0 && !usesToken(profile)
      ? [unsent('token', 'write {token} into request.path, request.headers or request.body')]
      : []),
    ...(secrets.length > 0 && !usesSecret(profile)
      ? [unsent('secret', 'say in secret of the profile where it goes: into a header, query, path, body or signature')]
      : []),
  ];
}

/** Tokens that the read-back does not ask with. A command gets them by their names. */
function unaskedOf(
  profile: TargetProfile,
  { readbackToken, secondReadbackToken }: Pick<Environment, 'readbackToken' | 'secondReadbackToken'>,
): readonly Contradicted[] {
  if (profile.readback.kind === 'command') return [];
  const unasked = (variable: string, why: string, remedy: string): Contradicted => ({
    name: 'read-back',
    problem: `${variable} is set, but ${why}: it is not sent`,
    remedy: `${remedy}, or unset ${variable}`,
  });
  const isAsked = usesReadbackToken(profile);
  const without = 'the read-back of the profile does not ask with it';
  const write = 'write {readbackToken} into readback.headers or readback.path';
  return [
    ...(readbackToken === '' || isAsked ? [] : [unasked('READBACK_TOKEN', without, write)]),
    ...(secondReadbackToken === '' || isAsked ? [] : [unasked('SECOND_READBACK_TOKEN', without, write)]),
    ...(secondReadbackToken !== '' && isAsked && profile.provisioning.secondTenant !== true
      ? [unasked('SECOND_READBACK_TOKEN', 'there is no second tenant', `set ${secondTenantAdvice(profile)}`)]
      : []),
  ];
}
