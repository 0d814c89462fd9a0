import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { Run } from '../interpret/run.ts';
import { apartUs, type ServerTimeline } from '../journal/server.ts';
import type { ProcessEnd } from './process-end.ts';
import { RequestsAtEnd } from './requests-at-end.ts';

/** Who had a connection for so long did not die at its first request. */
const servedUs = 1_000_000;
/** The first request may come as soon as it listens. */
const startingUs = 2_000_000;

/**
 * Whether processes that crashed young had begun to serve: then no start failed, but what a request does to them ended them. They were seen
 * with connections, or a request broke off with them later than a first one comes, or in their place as many others ended as they should.
 */
export class BegunToServe {
  readonly #run: Run;
  readonly #balance: ReadonlyMap<ServerTimeline, ReadonlyMap<string, number>>;
  readonly #connected = new Map<ServerTimeline, ReadonlyMap<string, number>>();
  #requests: RequestsAtEnd | null = null;

  /** @param ends of all processes. */
  constructor(run: Run, ends: readonly ProcessEnd[]) {
    this.#run = run;
    this.#balance = balanceOf(ends);
  }

  has(end: ProcessEnd): boolean {
    const { server, process, firstSeenUs, lastSeenUs, atUs } = end;
    if ((this.#balance.get(server)?.get(placeOf(end)) ?? 0) >= 0) return true;
    const connectedUs = this.#connectedOn(server).get(processIdentity(process)) ?? Number.POSITIVE_INFINITY;
    if (lastSeenUs - connectedUs >= servedUs) return true;
    if (lastSeenUs - firstSeenUs < startingUs) return false;
    this.#requests ??= new RequestsAtEnd(this.#run);
    const { cutOff, metClosing, either } = this.#requests.brokenOff(lastSeenUs, atUs, apartUs(server)).surely;
    return cutOff + metClosing + either > 0;
  }

  /** When each of its processes was first seen with a connection. */
  #connectedOn(server: ServerTimeline): ReadonlyMap<string, number> {
    const known = this.#connected.get(server);
    if (known !== undefined) return known;
    const found = new Map<string, number>();
    for (const { atUs, processes } of server.samples) {
      for (const process of processes) {
        if ((process.connections ?? 0) === 0) continue;
        const key = processIdentity(process);
        if (!found.has(key)) found.set(key, atUs);
      }
    }
    this.#connected.set(server, found);
    return found;
  }
}

/** Children of one parent. */
const placeOf = ({ process: { parentPid, role } }: Pick<ProcessEnd, 'process'>): string => `${parentPid} ${role}`;

/** Of each place: how many more ended as they should than crashed. */
function balanceOf(ends: readonly ProcessEnd[]): ReadonlyMap<ServerTimeline, ReadonlyMap<string, number>> {
  const all = new Map<ServerTimeline, Map<string, number>>();
  for (const end of ends) {
    const places = all.get(end.server) ?? new Map<string, number>();
    all.set(end.server, places);
    const of = end.kind === 'graceful' && end.open === null ? 1 : end.kind === 'crash' ? -1 : 0;
    places.set(placeOf(end), (places.get(placeOf(end)) ?? 0) + of);
  }
  return all;
}
