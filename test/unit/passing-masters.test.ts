import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnConnections } from '../../monitor/system/own-connections.ts';
import { Roles } from '../../monitor/system/roles.ts';
import { seeded } from '../fixtures/random.ts';
import { seed } from '../fixtures/seed.ts';

// Made-up looks, a second apart, at a master and its children of one command line. Some masters accept connections and hand them on, as those of
// node:cluster and PM2 do: they read nothing, and keep for ever what they handed to a worker that was killed. Others serve by themselves, and
// fork children for jobs.

const runs = 300;
const looks = 40;
const master = 1;

/** A connection that the master holds. */
interface Held {
  readonly inode: string;
  /** Of the first look without it. */
  readonly toLook: number;
  /** Of the first look at which something waits in it. */
  readonly unreadFrom: number;
}

interface Child {
  readonly pid: number;
  readonly bornAt: number;
  readonly toLook: number;
  readonly bornWith: ReadonlySet<string>;
}

/** What the monitor learns of one server. */
class Watched {
  readonly #connections = new OwnConnections();
  readonly #roles = new Roles();

  /** @returns the roles of the children. */
  look(at: number, held: readonly Held[], children: readonly Child[]): readonly string[] {
    const accepted = new Map([[master, new Set(held.map(({ inode }) => inode))]]);
    for (const { pid, bornWith } of children) accepted.set(pid, new Set(bornWith));
    const unread = new Set(held.filter(({ unreadFrom }) => at >= unreadFrom).map(({ inode }) => inode));
    const roles = children.map(({ pid, bornAt }) =>
      this.#roles.roleOf({
        ...{ isRoot: false, parentKind: 'node server.js', ofRoot: true, kind: 'node server.js', isReached: true },
        ageMs: (at - bornAt) * 1000,
        serves: this.#connections.hasServed(pid),
        parentServes: this.#connections.serves(master),
      }),
    );
    this.#connections.note({ accepted, unread }, (pid) => pid);
    return roles;
  }
}

const among = (random: () => number, from: number, to: number): number => from + Math.floor(random() * (to - from + 1));

const never = Number.POSITIVE_INFINITY;

/** @param silentLooks for so many at most nothing waits in what a killed worker left behind: its client has not written yet. */
function passing(random: () => number, silentLooks: number): readonly (readonly string[])[] {
  const watched = new Watched();
  let made = 0;
  let held: readonly Held[] = [];
  const hold = (count: number, toLook: number, unreadFrom: number): void => {
    for (let n = 0; n < count; n += 1) {
      made += 1;
      held = [...held, { inode: `${made}`, toLook, unreadFrom }];
    }
  };
  const start = (bornAt: number): Child => {
    made += 1;
    return { pid: master + made, bornAt, toLook: never, bornWith: new Set() };
  };
  let workers: readonly Child[] = Array.from({ length: among(random, 1, 8) }, () => start(-10));
  return Array.from({ length: looks }, (_, at) => {
    held = held.filter(({ toLook }) => at < toLook);
    // On their way, and those that no worker has the time to take.
    if (at > 0 && random() < 0.5) hold(1, at + 1, at);
    if (at > 0 && random() < 0.2) hold(among(random, 1, 20), at + among(random, 1, 4), at);
    if (at > 0 && at < looks / 2 && random() < 0.3) {
      workers = [...workers.slice(1), start(at)];
      hold(among(random, 0, 2), never, at + among(random, 0, silentLooks));
    }
    return watched.look(at, held, workers);
  });
}

/** A server that serves by itself. @param isShort its connections are, else they stay for a while. */
function servingAlone(random: () => number, isShort: boolean): readonly (readonly string[])[] {
  const watched = new Watched();
  let made = 0;
  let held: readonly Held[] = [];
  let jobs: readonly Child[] = [];
  const clients = among(random, 1, 20);
  /** It stops to read for a while. */
  const freezesAt = among(random, 16, 30);
  const isFrozen = (at: number): boolean => at >= freezesAt && at < freezesAt + 4;
  return Array.from({ length: looks }, (_, at) => {
    const isGone = ({ toLook }: Held): boolean => at >= toLook && !isFrozen(at);
    held = held.filter((each) => !isGone(each));
    while (at > 0 && !isFrozen(at) && held.length < clients) {
      made += 1;
      held = [...held, { inode: `${made}`, toLook: at + (isShort ? 1 : among(random, 2, 60)), unreadFrom: never }];
    }
    jobs = jobs.filter(({ toLook }) => at < toLook);
    if (at >= 15 && random() < 0.7) {
      made += 1;
      const bornWith = new Set(held.map(({ inode }) => inode));
      jobs = [...jobs, { pid: master + made, bornAt: at, toLook: at + among(random, 1, 10), bornWith }];
    }
    const waiting = held.map((each) => (isFrozen(at) || random() < 0.1 ? { ...each, unreadFrom: at } : each));
    return watched.look(at, waiting, jobs);
  });
}

const count = (roles: readonly (readonly string[])[], role: string): number =>
  roles.flat().filter((each) => each === role).length;

test(`of ${runs} masters that hand connections on, whose workers nobody saw with one, each worker stays a worker`, () => {
  const random = seeded(seed);
  for (let run = 0; run < runs; run += 1) {
    const roles = passing(random, 0);
    assert.equal(count(roles, 'helper'), 0, `run ${run}`);
  }
});

test('so they are again once clients have written over what a killed worker left behind', () => {
  const random = seeded(seed);
  for (let run = 0; run < runs; run += 1) {
    const roles = passing(random, 2);
    assert.equal(count(roles.slice(-10), 'helper'), 0, `run ${run}`);
  }
});

for (const isShort of [false, true]) {
  test(`of ${runs} servers with ${isShort ? 'short' : 'lasting'} connections that serve by themselves and freeze once, no job is a worker`, () => {
    const random = seeded(seed);
    let jobs = 0;
    for (let run = 0; run < runs; run += 1) {
      const roles = servingAlone(random, isShort);
      assert.equal(count(roles, 'worker'), 0, `run ${run}`);
      jobs += count(roles, 'helper');
    }
    assert.ok(jobs > runs * 10);
  });
}
