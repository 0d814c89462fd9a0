import { stores } from '../../contract/journal/store-lines.ts';
import { type Run, type ScenarioRun, viewOf } from '../interpret/run.ts';
import { apartUs } from '../journal/server.ts';
import { alignedUs } from './each-monitor.ts';
import { fullPoolSpans } from './routes.ts';
import { faultOfLine } from './store-faults.ts';

/** Whether requests of a scenario waited for a connection of a pool, by the server's log or its own statistics. */
export function isPoolExhaustedIn(run: Run, { window }: Pick<ScenarioRun, 'window'>): boolean {
  const { startedAtUs } = window;
  const endedAtUs = window.endedAtUs ?? Number.POSITIVE_INFINITY;
  return run.servers.some((server) => {
    if (apartUs(server) > alignedUs) return false;
    const isLogged = server.stores.log.some(
      ({ trouble, atUs }) => faultOfLine[trouble] === 'pool' && atUs >= startedAtUs && atUs <= endedAtUs,
    );
    const view = viewOf(run, server);
    const full = stores.flatMap((store) => fullPoolSpans(view, store));
    return isLogged || full.some(({ fromUs, toUs }) => fromUs <= endedAtUs && toUs >= startedAtUs);
  });
}
