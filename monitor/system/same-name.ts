import { runsForwarder } from './forwarders.ts';
import { listenersWithHolders, topmost, treeOf } from './port-holders.ts';
import { commandLine, listPids, readProcLink, readStat } from './proc-file.ts';
import { namesOf } from './process-names.ts';
import { programInWords } from './program-in-words.ts';
import { kindOf } from './roles.ts';
import { arePeers } from './spoken-to.ts';

/** Where load goes on this machine. */
export interface Entry {
  readonly port: number;
  readonly ip: string;
}

/** Of several trees of one name: those that serve, those that do not, and whether that could be seen. */
export interface Serving {
  readonly serving: readonly number[];
  readonly aside: readonly { readonly pid: number; readonly why: string; readonly passesOn: boolean }[];
  readonly isSeen: boolean;
  /** Whether something in front of those that serve passes connections on to them. */
  readonly isProxied: boolean;
}

/** This process and what it was started by, such as the runner, npx and a shell. */
function ownProcesses(): ReadonlySet<number> {
  const own = new Set<number>();
  for (let at = process.pid; at > 1 && !own.has(at); at = readStat(at)?.parentPid ?? 0) own.add(at);
  return own;
}

/** A monitor or the agent of a generator is no server; the command `backend` is one. */
function isOurTool(words: readonly string[]): boolean {
  const [, script] = process.argv;
  return script !== undefined && words.includes(script) && !words.includes('backend');
}

/** The topmost processes of a name: none of ours, and a proxy only if nothing else is named so. */
export function rootsOfName(name: string): readonly number[] {
  const own = ownProcesses();
  const named = listPids().filter((pid) => !own.has(pid) && namesOf(pid).has(name) && !isOurTool(commandLine(pid)));
  const servers = named.filter((pid) => !runsForwarder(pid));
  return topmost(servers.length > 0 ? servers : named);
}

const folderOf = (pid: number): string => readProcLink(`/proc/${pid}/cwd`) ?? '';

/** The same for copies of one server that differ in ports and numbers alone. */
const kindAt = (pid: number): string => `${kindOf(commandLine(pid))}\n${folderOf(pid)}`;

/** The same for copies of one server: one program that was started in one folder, whatever else its arguments say. */
export function programOf(pid: number): string {
  const executable = (readProcLink(`/proc/${pid}/exe`) ?? '').replace(/ \(deleted\)$/, '');
  return [executable, folderOf(pid), programInWords(commandLine(pid), folderOf(pid))].join('\n');
}

/** The processes of each tree, by its root. */
export const treesOf = (roots: readonly number[]): ReadonlyMap<number, readonly number[]> =>
  new Map(roots.map((root) => [root, treeOf(root)]));

/**
 * Which of several trees of one name serve. One that takes the load itself serves alone, unless it is seen to pass connections on to
 * others. Behind a proxy those serve that it is connected to, and copies of them, which it may connect to later. One that takes the load
 * and is connected to its own program with other arguments may pass on or not: all of them count.
 */
export function whoServes(roots: readonly number[], entry: Entry | null): Serving {
  const unseen = { serving: roots, aside: [], isSeen: false, isProxied: false };
  if (entry === null) return unseen;
  const holders = listenersWithHolders(entry.port, entry.ip)
    .filter(({ isReached }) => isReached)
    .flatMap(({ holders }) => holders);
  const trees = treesOf(roots);
  const inTree = (root: number): readonly number[] => trees.get(root) ?? [];
  const front = roots.filter((root) => inTree(root).some((pid) => holders.includes(pid)));
  const behind = roots.filter((root) => !front.includes(root));
  const passing = [...new Set([...holders, ...front.flatMap(inTree)])];
  const spokenTo = behind.filter((root) => arePeers(passing, inTree(root)));
  const copies = new Set(spokenTo.map(programOf));
  // Copies of one server may talk to each other: the one that takes the load is no proxy for that.
  const kinds = new Set(spokenTo.map(kindAt));
  const isProxied = spokenTo.length > 0 && !front.some((root) => kinds.has(kindAt(root)));
  if (!isProxied && front.length === 0) return unseen;
  const serving = isProxied ? roots.filter((root) => copies.has(programOf(root)) || spokenTo.includes(root)) : front;
  const passesOn = (root: number): boolean => isProxied && front.includes(root);
  const whyNot = (root: number): string =>
    passesOn(root)
      ? 'it only passes connections on'
      : `nothing is seen to lead there from port ${entry.port}, where load goes: if it is part of the server, give all by --pid`;
  return {
    serving,
    aside: roots
      .filter((root) => !serving.includes(root))
      .map((pid) => ({ pid, why: whyNot(pid), passesOn: passesOn(pid) })),
    isSeen: true,
    isProxied,
  };
}
