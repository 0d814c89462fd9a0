import { restsForget } from '../../contract/plan/soak.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Digest } from '../interpret/digest.ts';
import { Expectations } from '../interpret/expectations.ts';
import { interpretedLedger } from '../interpret/interpreted-ledger.ts';
import { processServers, type Run, type ScenarioRun } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { LedgerPieces } from '../journal/ledger-pieces.ts';
import type { Span } from '../journal/timeline.ts';
import { processEnds } from '../processes/ends.ts';
import { DigestBuilder } from './digest-builder.ts';
import { RowsKept } from './rows-kept.ts';

/** What a long scenario's ledger says, and of its rows those that may matter one by one. */
export interface Gathered {
  readonly digest: Digest;
  readonly ledger: Ledger;
}

/** Reads the pieces of a scenario, one after the other. @param run without this scenario's requests. */
export function gather(run: Run, scenario: ScenarioRun, pieces: LedgerPieces): Gathered {
  const { startedAtUs } = scenario.window;
  const builder = new DigestBuilder(startedAtUs);
  const rows = new RowsKept(closelySeen(run));
  const effects = pieces.effects();
  let isFirst = true;
  pieces.forEach((read) => {
    effects.moveInto(read);
    const profile = isFirst ? run.manifest.profile : afterOthers(run, scenario);
    const ledger = interpretedLedger(read, scenario.plan, profile);
    const here: ScenarioRun = { ...scenario, ledger };
    const manifest = { ...run.manifest, profile };
    builder.add({
      run: { ...run, manifest, scenarios: [here], expectations: new Expectations(profile) },
      scenario: here,
      ledger,
    });
    rows.add(ledger);
    isFirst = false;
  });
  return {
    digest: builder.finish(effects.rest(), rows.leftOut),
    ledger: interpretedLedger(rows.ledger, scenario.plan, run.manifest.profile),
  };
}

/**
 * What is promised of a piece that follows others: what the limiter still remembers of them is not in it, unless the rests are long
 * enough to forget. Then its webhooks are as if others had used them before: what is refused because of that is not judged.
 */
function afterOthers({ manifest: { profile, settings } }: Run, { plan }: ScenarioRun): TargetProfile {
  const restMs = plan.phases
    .slice(1)
    .reduce(
      (least, { startMs }, n) => Math.min(least, startMs - (plan.phases[n]?.endMs ?? 0)),
      Number.POSITIVE_INFINITY,
    );
  const timeoutMs = Number(settings.REQUEST_TIMEOUT_MS ?? 0);
  if (restsForget(restMs, profile, timeoutMs)) return profile;
  return { ...profile, provisioning: { ...profile.provisioning, kind: 'given' } };
}

/** Before and after something was seen of the server: requests that broke off with it, and until they succeed again. */
const beforeUs = 10_000_000;
const afterUs = 30_000_000;

/** When processes ended, or health checks were not answered. */
function closelySeen(run: Run): readonly Span[] {
  const ends = processEnds({ ...run, scenarios: [] }).map(({ lastSeenUs, atUs }) => ({
    fromUs: lastSeenUs,
    toUs: atUs,
  }));
  const silent = processServers(run).flatMap(({ samples }) =>
    samples.flatMap(({ atUs, health }) =>
      health === null || health.state === 'ok' ? [] : [{ fromUs: atUs, toUs: atUs }],
    ),
  );
  return [...ends, ...silent].map(({ fromUs, toUs }) => ({ fromUs: fromUs - beforeUs, toUs: toUs + afterUs }));
}
