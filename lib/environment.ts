import loadOnce from 'lazy:once';
import { SharedArray } from 'k6/data';
import type { Sizes } from '../contract/plan/sizes.ts';
import { UnexecutableError } from '../contract/plan/unexecutable.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import { lazy } from '../contract/profile/lazy.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import type { SecondTenant } from '../contract/profile/second-tenant.ts';

export interface Environment {
  readonly baseUrl: string;
  /** Given webhooks; empty means: log in and create them. */
  readonly webhooks: readonly Webhook[];
  /** A second tenant, with which the profile agrees; null: none. */
  readonly secondTenant: SecondTenant | null;
  readonly email: string;
  readonly password: string;
  /** What a read-back asks with; empty if it is not set. */
  readonly readbackToken: string;
  /** The same of the second tenant; empty: the other shows its signals, too. */
  readonly secondReadbackToken: string;
  readonly profile: TargetProfile;
  readonly sizes: Sizes;
  /** Load may go to this host outside loopback; if not, k6 refuses every connection there, see lib/around/options.ts. */
  readonly hostIsAllowed: boolean;
  /** The address that the runner checked: every connection to the host goes there. Null: as DNS says. */
  readonly address: { readonly host: string; readonly ip: string } | null;
  /** PEM texts: what the server's certificate is checked by, and the client certificate that it is shown. */
  readonly trust: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null };
  /** Our own Go module sends, not k6/http. */
  readonly sendsNatively: boolean;
  /** Makes the signals of this run unlike those of any other; null: to be made up. */
  readonly runTag: string | null;
  /** The plan of an own scenario as the runner keeps it; null: to be made. */
  readonly planFile: string | null;
  /** Names the folder of this generator's files in the one that several share; null: by the tag instance_id, if there is one. */
  readonly generator: string | null;
  /** Where the summary goes as JSON; without it k6 prints its own. */
  readonly summaryFile: string | null;
}

/** Read once for all VUs, and kept as texts: k6 would parse and freeze anything else for each VU. */
const kept = new SharedArray('environment', () => {
  const { read, problems } = loadOnce().readEnvironment(__ENV);
  const { profile, sizes, ...small } = read;
  return [small, profile, sizes, problems].map((part) => JSON.stringify(part));
});
const keptPart = (index: number) => JSON.parse(kept[index] ?? '');

if (__VU === 0) {
  const problems: readonly string[] = keptPart(3);
  if (problems.length > 0) throw new UnexecutableError(`settings: ${problems.join('; ')}`);
}

const small: Omit<Environment, 'profile' | 'sizes'> = keptPart(0);
// Most VUs need neither, and to parse them takes longer than all else that a VU does to start.
const profile = lazy((): TargetProfile => keptPart(1));
const sizes = lazy((): Sizes => keptPart(2));

export const environment: Environment = {
  ...small,
  get profile() {
    return profile();
  },
  get sizes() {
    return sizes();
  },
};
