import { execFileSync } from 'node:child_process';

/** Paths of the sockets at the other ends of Unix connections, by the inodes of these ends; empty for a socket without a path. */
export type UnixPeers = ReadonlyMap<string, string>;

/** Of `u_str ESTAB 0 0 /run/app.sock 12345 * 12346`: the path or `*`, the inode, and the inode of the other end, 0 if it is not known. */
const row = /^\S+\s+\S+\s+\d+\s+\d+\s+(?<path>.*?)\s+(?<inode>\d+)\s+\S+\s+(?<peer>\d+)\s*$/;

/** What `ss -xan` writes. An end that nobody has accepted yet is not in it, nor are those of other networks. */
export function unixPeersIn(text: string): UnixPeers {
  const paths = new Map<string, string>();
  const ends: (readonly [inode: string, peer: string])[] = [];
  for (const line of text.split('\n')) {
    const { path = '', inode = '', peer = '' } = row.exec(line)?.groups ?? {};
    if (inode === '') continue;
    paths.set(inode, path === '*' ? '' : path);
    ends.push([inode, peer]);
  }
  return new Map(
    ends.flatMap(([inode, peer]) => {
      const path = paths.get(peer);
      return path === undefined ? [] : [[inode, path] as const];
    }),
  );
}

/** /proc does not tell who is connected to whom: the kernel tells it over netlink, which `ss` (iproute2) asks. Empty where it is missing. */
export function unixPeers(): UnixPeers {
  try {
    const text = execFileSync('ss', ['-xan'], {
      ...{ encoding: 'utf8', timeout: 2000, killSignal: 'SIGKILL', maxBuffer: 1 << 26 },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return unixPeersIn(text);
  } catch {
    return new Map();
  }
}

/** Those of the paths to which one of our ends is connected, or may be: of an end whose other one is not known nobody knows. */
export function mayBeConnected(
  paths: readonly string[],
  ours: ReadonlySet<string>,
  peers: UnixPeers,
): readonly string[] {
  const towards = new Set([...ours].map((inode) => peers.get(inode)));
  return towards.has(undefined) ? paths : paths.filter((path) => towards.has(path));
}
