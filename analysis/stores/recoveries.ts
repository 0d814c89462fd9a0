import { type Run, serverOf } from '../interpret/run.ts';
import { apartUs } from '../journal/server.ts';
import { type Recovery, recoveryFrom } from '../processes/recovery.ts';
import { accusing, type Outage } from './outages.ts';

/** Each looks at every request. */
const maxLooked = 10;

/** How long requests failed with each of the first outages; none where the store may have been there, or no requests were noted. */
export function recoveriesFrom(
  run: Run,
  outages: readonly Outage[],
  everAnswered: boolean,
): ReadonlyMap<Outage, Recovery> {
  const server = serverOf(run);
  if (server === null || run.scenarios.every(({ ledger }) => ledger === null)) return new Map();
  const told = outages.filter((outage) => accusing(outage, everAnswered).length > 0).slice(0, maxLooked);
  return new Map(
    told.map((outage) => {
      const fromUs = outage.lastAnsweredUs ?? outage.fromUs;
      const toUs = outage.toUs ?? outage.failures.at(-1)?.atUs ?? outage.fromUs;
      return [outage, recoveryFrom(run, { fromUs, toUs }, apartUs(server))];
    }),
  );
}
