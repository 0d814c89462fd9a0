import { namedProcess } from './label-of-process.ts';
import { listening } from './port-holders.ts';
import { readStat } from './proc-file.ts';
import { type Entry, programOf, rootsOfName, treesOf, whoServes } from './same-name.ts';
import { portsOf } from './sockets.ts';
import { closedConnections } from './spoken-to.ts';

/** When to look again, soon after load may have begun and then seldom: a look reads the open files of every process. */
const looksMs = [3_000, 8_000, 20_000, 40_000];
const everyMs = 60_000;

/** What later looks found so far, in words; `news` are roots that are watched from now on. */
export interface LaterLook {
  readonly news: readonly number[];
  readonly watched: readonly string[];
  readonly unwatched: readonly string[];
  /** Null: as before. */
  readonly aside: readonly string[] | null;
  /** What was not said before. */
  readonly lines: readonly string[];
}

interface Stranger {
  readonly words: string;
  readonly program: string;
  readonly startTicks: number;
}

export interface Named {
  readonly name: string;
  readonly entry: Entry;
}

const startOf = (pid: number): number => readStat(pid)?.startTicks ?? 0;

/**
 * Who of a name turned out to serve while load ran: a server that was idle, or just started, when the watch began has no connection then.
 * What is left out and may serve all the same is told as not watched: something connects to it for a moment at a time, and the kernel does
 * not say who; or it ended, and its program serves.
 */
export class LaterServers {
  readonly #name: string;
  readonly #entry: Entry;
  #strangers: ReadonlyMap<number, Stranger>;
  #closedBefore: ReadonlySet<string>;
  readonly #told = { watched: new Set<string>(), unwatched: new Set<string>() };
  readonly #said = new Set<string>();
  #startMs: number | null = null;
  #looks = 0;
  #lastMs = 0;

  constructor({ name, entry }: Named, roots: readonly number[]) {
    this.#name = name;
    this.#entry = entry;
    this.#strangers = strangersAmong(listening(rootsOfName(name)), roots);
    this.#closedBefore = this.#strangers.size === 0 ? new Set() : new Set(closedConnections().keys());
  }

  /** @returns null if there is nothing new to say. */
  look(roots: readonly number[], nowMs: number): LaterLook | null {
    this.#startMs ??= nowMs;
    const sinceMs = nowMs - this.#startMs;
    const dueMs = looksMs[this.#looks] ?? this.#lastMs + everyMs;
    if (sinceMs < dueMs || roots.length === 0) return null;
    this.#looks += 1;
    this.#lastMs = sinceMs;
    const all = listening(rootsOfName(this.#name));
    const others = all.filter((pid) => !roots.includes(pid));
    if (others.length === 0 && this.#strangers.size === 0) return null;
    const { serving, aside, isSeen, isProxied } = whoServes([...new Set([...roots, ...all])], this.#entry);
    if (!isSeen) return null;
    const news = serving.filter((pid) => others.includes(pid));
    this.#tellEnded(new Set([...roots, ...news].map(programOf)));
    const leftOut = aside.filter(({ pid }) => others.includes(pid));
    if (isProxied) this.#tellReached(leftOut.map(({ pid }) => pid));
    for (const pid of news) {
      const since = `${Math.round(sinceMs / 1000)} s after the watch began`;
      this.#told.watched.add(
        `${namedProcess(pid)} and what it starts, from ${since} on, when it was seen to serve behind port ${this.#entry.port}`,
      );
    }
    this.#strangers = strangersAmong(others, news);
    const words = leftOut.map(({ pid, why }) => `${namedProcess(pid)} has this name, too, but ${why}`);
    return this.#ifNew(news, words);
  }

  #tellEnded(programs: ReadonlySet<string>): void {
    for (const [pid, { words, program, startTicks }] of this.#strangers) {
      if (!programs.has(program) || startOf(pid) === startTicks) continue;
      this.#told.unwatched.add(
        `${words} was not watched, and ended: its program serves behind port ${this.#entry.port}`,
      );
    }
  }

  #tellReached(leftOut: readonly number[]): void {
    if (leftOut.length === 0) return;
    const ports = new Set([...closedConnections()].flatMap(([key, both]) => (this.#closedBefore.has(key) ? [] : both)));
    for (const [pid, tree] of treesOf(leftOut)) {
      const reached = portsOf(tree).filter((port) => ports.has(port));
      if (reached.length === 0) continue;
      this.#told.unwatched.add(
        `${namedProcess(pid)} has this name, too, and something connected to its port ${reached.join(', ')} meanwhile; who cannot be seen: if it is part of the server, give all by --pid`,
      );
    }
  }

  #ifNew(news: readonly number[], aside: readonly string[]): LaterLook | null {
    const [watched, unwatched] = [[...this.#told.watched], [...this.#told.unwatched]];
    const all = [...watched.map((text) => `watching ${text}`), ...unwatched.map((text) => `not watching: ${text}`)];
    const lines = all.filter((text) => !this.#said.has(text));
    for (const line of lines) this.#said.add(line);
    return lines.length === 0 ? null : { news, watched, unwatched, aside, lines };
  }
}

function strangersAmong(pids: readonly number[], roots: readonly number[]): ReadonlyMap<number, Stranger> {
  return new Map(
    pids
      .filter((pid) => !roots.includes(pid))
      .map((pid) => [pid, { words: namedProcess(pid), program: programOf(pid), startTicks: startOf(pid) }]),
  );
}
