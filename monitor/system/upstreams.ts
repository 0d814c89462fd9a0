import { basename } from 'node:path';
import { isWebServer } from './forwarders.ts';
import { isKnownService, isServicePort } from './known-services.ts';
import { namedProcess } from './label-of-process.ts';
import type { LaterLook } from './later-servers.ts';
import { holdersOfPath, listenersWithHolders, topmost } from './port-holders.ts';
import { readProcLink } from './proc-file.ts';
import type { SocketLook } from './sockets.ts';
import { mayBeConnected, unixPeers } from './unix-peers.ts';

/** For each place the open files of every process are read once. */
const maxPlaces = 30;

/** Of what is watched: the topmost processes, and all of them. */
export interface Watched {
  readonly roots: readonly number[];
  readonly pids: readonly number[];
}

/** Programs that applications run on. Of Unix sockets, which the whole system uses, no others are meant. */
const runsApplications = /^(?:python|pypy|ruby|perl|php|node|bun|deno|java|dotnet|uwsgi|beam\.smp)/;
const isApplication = (pid: number): boolean => runsApplications.test(basename(readProcLink(`/proc/${pid}/exe`) ?? ''));

/** A port or a path of a Unix socket. */
type Place = number | string;

/**
 * What else of this machine a server that was found by its port is connected to. Whoever listens on the port may be a proxy of any name, and
 * the server stands behind it, where nobody watches it. Stores and the daemons that servers use are not meant.
 */
export class Upstreams {
  readonly #judged = new Set<Place>();
  readonly #unwatched: string[] = [];
  #lines: string[] = [];

  /** Takes a look at what is watched. */
  note(look: Pick<SocketLook, 'towards' | 'elsewhere' | 'outgoing'>, watched: Watched): void {
    for (const place of [...look.towards, ...this.#pathsOf(look, watched)]) {
      if (this.#judged.has(place) || this.#judged.size >= maxPlaces) continue;
      this.#judged.add(place);
      const words = unwatchedAt(place, watched);
      if (words === null) continue;
      this.#unwatched.push(words);
      this.#lines.push(`not watching: ${words}`);
    }
  }

  /** Paths of Unix sockets that a web server may be connected to: of others it is less likely. */
  #pathsOf({ elsewhere, outgoing }: Pick<SocketLook, 'elsewhere' | 'outgoing'>, { roots }: Watched): readonly string[] {
    const paths = [...elsewhere].filter((path) => !this.#judged.has(path));
    if (paths.length === 0 || outgoing?.size === 0 || !roots.some(isWebServer)) return [];
    return outgoing === null ? paths : mayBeConnected(paths, outgoing, unixPeers());
  }

  /** What was found since the last call; null for nothing. */
  takeNews(): LaterLook | null {
    const lines = this.#lines;
    this.#lines = [];
    return lines.length === 0 ? null : { news: [], watched: [], unwatched: [...this.#unwatched], aside: null, lines };
  }
}

/** Who listens there, in words that say what to do; null if it is none that may be the server. */
function unwatchedAt(place: Place, { roots, pids }: Watched): string | null {
  const isPort = typeof place === 'number';
  if (isPort && isServicePort(place)) return null;
  const listeners = isPort ? listenersWithHolders(place, null).map(({ holders }) => holders) : holdersOfPath(place);
  const holders = topmost([...new Set(listeners.flat())].filter((pid) => pid !== 1));
  const isRelated = (pid: number): boolean =>
    pids.includes(pid) || roots.some((root) => topmost([root, pid]).length === 1);
  if (holders.some((pid) => isRelated(pid) || isKnownService(pid) || !(isPort || isApplication(pid)))) return null;
  const front = roots.map(namedProcess).join(' and ');
  const where = isPort ? `port ${place}` : place;
  if (holders.length === 0) {
    return isPort && listeners.some((each) => each.length === 0)
      ? `a process that we may not see listens on port ${place}, and ${front} is connected to it: use sudo, or give the server by --pid`
      : null;
  }
  const who = holders.map(namedProcess).join(' and ');
  const how = isPort ? `${front} is connected to it` : `something is connected to it, which ${front} may be`;
  return `${who} listens on ${where}, and ${how}: if ${front} only passes requests on, give the server by --pid ${holders.join(',')}; if it is the server, and uses that one, by --pid ${roots.join(',')}`;
}
