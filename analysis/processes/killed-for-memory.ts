import { saidIn } from '../../contract/journal/end-reasons.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { type OomKills, oomKillsOf } from '../interpret/oom-kills.ts';
import { processServers, type Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { causeOf } from './cause-of-end.ts';
import { mayBeKilled, saysKilled } from './fault-of-cause.ts';
import type { ProcessEnd } from './process-end.ts';

/** OOM kills on all machines, and whom they hit; each kernel counts its own. */
export function oomKillsIn(run: Run, ends: readonly ProcessEnd[]): OomKills {
  let sum: OomKills = { inCgroup: 0, ofServer: 0, ofUnknown: 0 };
  for (const server of processServers(run)) {
    const named = namedAsKilled(server);
    const own = ends.filter((end) => end.server === server && end.open === null && mayBeItsEnd(end));
    const isKilled = ({ process }: ProcessEnd): boolean =>
      process.role !== 'helper' || named.has(processIdentity(process));
    const timesOf = (some: readonly ProcessEnd[]): readonly number[] => some.map(({ atUs }) => atUs);
    const { inCgroup, ofServer, ofUnknown } = oomKillsOf(server.samples, {
      killedUs: timesOf(own.filter(isKilled)),
      helpersUs: timesOf(own.filter((end) => !isKilled(end))),
    });
    sum = {
      inCgroup: sum.inCgroup + inCgroup,
      ofServer: sum.ofServer + ofServer,
      ofUnknown: sum.ofUnknown + ofUnknown,
    };
  }
  return sum;
}

/** Who says that it is exiting, or was recycled, was not killed; what broke off with it does not change that. */
function mayBeItsEnd({ kind, cause, byRequests }: ProcessEnd): boolean {
  if (kind === 'graceful' || kind === 'exited') return false;
  return byRequests === true ? cause?.steps.length === 0 : mayBeKilled(cause);
}

/** Those that the kernel, or a log, names as killed: a line that names no process may mean another program. */
function namedAsKilled({ alerts }: ServerTimeline): ReadonlySet<string> {
  return new Set(
    alerts.flatMap((alert) => {
      const { pid, startTicks } = alert;
      const said = saidIn(alert);
      return pid !== undefined && startTicks !== undefined && said !== null && saysKilled(causeOf(said))
        ? [processIdentity({ pid, startTicks })]
        : [];
    }),
  );
}
