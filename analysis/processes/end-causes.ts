import { isSameReason, type SaidOfEnd, saidIn } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { type CauseOfEnd, causeOf, explained, noted, onlyReason } from './cause-of-end.ts';
import { isOrderlyCode, isUnexpected } from './exit-codes.ts';
import { canHaveSaid, implies, isOfFault, isStatus, wordsOf } from './last-words.ts';
import { isCodeOrSignal, isPm2, isStop, reasonAsked, wasToldByPm2 } from './pm2-ends.ts';

/** Who was told to end may take so long: gunicorn and others give their workers 30 s. */
const askedUs = 60_000_000;
/** The log of an end may come late, because its writer keeps it in a buffer. */
const lateUs = 5_000_000;
/** Lines of one end come so close together. */
const togetherUs = 500_000;
/** What a runtime writes before it dies comes right before the end. */
const lastWordsUs = 3_000_000;

/**
 * `graceful`: its cause is known, and it was as it should be. `crash`: it ended as it should not. `exited`: the log says that it
 * exited, and not why. `unexplained`: nothing says why it ended, and no request was cut off.
 */
export type EndKind = 'graceful' | 'crash' | 'exited' | 'unexplained';

export interface EndCause {
  readonly kind: EndKind;
  /** Null if nothing is known. */
  readonly cause: CauseOfEnd | null;
  /** It is graceful by its exit code alone: nobody asked for it, and no log says that it was due. */
  readonly byCodeAlone?: boolean;
  /** Its supervisor, which writes down whom it stops, did not stop it: requests that failed meanwhile speak against it. */
  readonly isUnasked?: boolean;
  /** Of the log, around where it tells of the end. */
  readonly lines: readonly string[];
  /** Where no line tells of the end by its process: those that tell of one like it, and name none. */
  readonly likeLines?: readonly string[];
  /** Where no line tells of the end by its process: the last ones of the log, whoever wrote them. */
  readonly lastLines?: readonly string[];
}

export interface Lifetime {
  readonly pid: number;
  readonly startTicks: number;
  readonly label: string;
  /** Of the first sample with it, of the last one, and of the first one without it. */
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  readonly goneUs: number;
}

interface Fact extends SaidOfEnd {
  readonly atUs: number;
  readonly means: NonNullable<AlertLine['means']>;
  readonly pid: number | null;
  readonly lines: readonly string[];
  readonly lastLines: readonly string[];
}

function factOf(alert: AlertLine): Fact | null {
  const { atUs, means, pid = null, lines = [], lastLines = [] } = alert;
  const said = saidIn(alert);
  return means === undefined || said === null ? null : { ...said, atUs, means, pid, lines, lastLines };
}

/** Why processes ended, from what the server's log says. A line that names no process explains the ends at its time. */
export class EndCauses {
  readonly #ofProcess = new Map<string, Fact[]>();
  readonly #ofAny: Fact[] = [];

  readonly #parents: ReadonlyMap<number, number>;
  readonly #labels: ReadonlyMap<number, string>;

  /** @param parents and labels of the processes that were seen until an end is asked for, by pid. */
  constructor(
    alerts: readonly AlertLine[],
    parents: ReadonlyMap<number, number> = new Map(),
    labels: ReadonlyMap<number, string> = new Map(),
  ) {
    this.#parents = parents;
    this.#labels = labels;
    for (const alert of alerts) {
      const fact = factOf(alert);
      // What is said of a process that was in no sample explains no other's end.
      if (fact === null || alert.alert === 'unseen-end') continue;
      const { pid, startTicks } = alert;
      if (pid === undefined || startTicks === undefined) {
        this.#ofAny.push(fact);
        continue;
      }
      const key = processIdentity({ pid, startTicks });
      this.#ofProcess.set(key, [...(this.#ofProcess.get(key) ?? []), fact]);
    }
  }

  of(life: Lifetime): EndCause {
    const cause = this.#causeOf(life);
    if (cause.kind !== 'crash' || cause.lines.length > 0) return cause;
    const own = this.#ofProcess.get(processIdentity(life)) ?? [];
    const lastLines = own.flatMap((fact) => fact.lastLines);
    const likeLines = this.#linesLike(life, own);
    return {
      ...cause,
      ...(likeLines.length === 0 ? {} : { likeLines }),
      ...(lastLines.length === 0 ? {} : { lastLines }),
    };
  }

  #causeOf(life: Lifetime): EndCause {
    const own = this.#ofProcess.get(processIdentity(life)) ?? [];
    const codes = own.filter((fact) => isOrderlyCode(fact, life.label, own));
    const ownOf = (means: Fact['means']): readonly Fact[] =>
      own.filter((fact) => fact.means === means && !codes.includes(fact));
    const crashes = ownOf('crash');
    if (crashes.length > 0) return this.#crash(life, crashes);
    const reasons = ownOf('graceful');
    if (reasons.length > 0)
      return told(
        'graceful',
        own.filter((each) => reasons.includes(each) || codes.includes(each)),
      );
    const asked = [...ownOf('asked'), ...this.#askedOf(life)];
    const isOfPm2 = isPm2(this.#labels.get(this.#parents.get(life.pid) ?? 0));
    const underPm2 = isOfPm2 ? this.#underPm2(life, own, asked) : null;
    if (underPm2 !== null) return underPm2;
    if (codes.length > 0) return this.#byCode(life, codes, asked);
    const fitting = (means: Fact['means']): readonly Fact[] =>
      this.#around(life, means, lastWordsUs).filter((word) => canHaveSaid(own, word));
    const crashWords = fitting('crash');
    const statuses = nearest(life, crashWords.filter(isStatus));
    const lastWords = nearest(
      life,
      crashWords.filter((word) => !isStatus(word)),
    );
    if (lastWords.length > 0) return told('crash', [...lastWords, ...statuses]);
    // An exit code or a signal that names no process may be of any: who was told to end has its reason.
    const isOthers = isOfPm2 && statuses.length > 0 && !this.#wasToldByPm2(life, own, this.#askedOf(life));
    if (asked.length > 0 && !isOthers)
      return whenAsked(reasonAsked(life.goneUs, asked), ownOf('asked').length > 0 ? [] : statuses);
    if (statuses.length > 0) return told('crash', statuses);
    const ended = [...ownOf('ended'), ...nearest(life, fitting('ended'))];
    if (ended.length > 0) return told('crash', ended);
    const around = nearest(life, this.#around(life, 'graceful', lastWordsUs)).slice(-1);
    if (around.length > 0)
      return byCodeIf(
        around.every((fact) => isOrderlyCode(fact, life.label)),
        told('graceful', around),
      );
    const exiting = ownOf('exiting');
    return exiting.length > 0 ? told('exited', exiting) : { kind: 'unexplained', cause: null, lines: [] };
  }

  /** PM2, systemd and others tell the exit code or signal of what they started by a name of theirs. */
  #linesLike(life: Lifetime, own: readonly Fact[]): readonly string[] {
    const ends = own.filter(isStatus);
    const like = this.#around(life, 'crash', lastWordsUs).filter((line) => ends.some((end) => isSameReason(line, end)));
    return told('crash', nearest(life, like)).lines;
  }

  /** An exit code or a signal tells how it ended, and not why: the last words in the log may. */
  #crash(life: Lifetime, crashes: readonly Fact[]): EndCause {
    const [end] = crashes;
    if (end === undefined || !crashes.every(isStatus)) {
      // The kernel and its log tell of one end in either order.
      const causes = crashes.filter((fact) => !crashes.some((other) => implies(other, fact)));
      return { ...told('crash', causes), lines: told('crash', crashes).lines };
    }
    const words = wordsOf(
      end,
      this.#ofAny.filter(({ means }) => means === 'crash' || means === 'thread-ended'),
      () => this.#crashesBeside(life),
    );
    const how = told('crash', crashes);
    if (words.length === 0) return how;
    const why = told('crash', words);
    // A worker that makes its master halt ended first: its code is the cause.
    const isHalting = onlyReason(why.cause)?.reason === 'halted' && this.#parents.has(this.#parents.get(life.pid) ?? 0);
    return { ...why, cause: isHalting ? how.cause : explained(why.cause, how.cause) };
  }

  /** How others ended of whom nothing says why. What starts a process, and ends with its code, is none: its child's words tell of both. */
  #crashesBeside(life: Lifetime): readonly Fact[] {
    return [...this.#ofProcess].flatMap(([key, facts]) => {
      const crashes = facts.filter(({ means }) => means === 'crash');
      const [first] = crashes;
      if (first === undefined || key === processIdentity(life) || !crashes.every(isStatus)) return [];
      return this.#areKin(life.pid, first.pid) ? [] : [first];
    });
  }

  #areKin(one: number, other: number | null): boolean {
    return other !== null && (this.#isAbove(one, other) || this.#isAbove(other, one));
  }

  #isAbove(pid: number, below: number): boolean {
    const passed = new Set<number>();
    let at: number | undefined = below;
    while (at !== undefined && at !== pid && !passed.has(at)) {
      passed.add(at);
      at = this.#parents.get(at);
    }
    return at === pid;
  }

  /** A process with this code was not ended by what runtimes write before they die: that is of another one, such as a job. */
  #byCode(life: Lifetime, codes: readonly Fact[], asked: readonly Fact[]): EndCause {
    const unexpected = nearest(life, this.#around(life, 'crash', lastWordsUs).filter(isUnexpected));
    if (unexpected.some((line) => !this.#isOthers(line, life))) return told('crash', [...unexpected, ...codes]);
    if (asked.length > 0) return told('graceful', reasonAsked(life.goneUs, asked));
    const due = nearest(
      life,
      this.#around(life, 'graceful', lastWordsUs).filter((fact) => !isOrderlyCode(fact, life.label)),
    );
    return byCodeIf(due.length === 0, told('graceful', [...due.slice(-1), ...codes]));
  }

  /**
   * A worker of a cluster of PM2 that exited with 0. So does one that threw an exception which nobody caught: PM2 writes down its stack and
   * leaves the cluster, at which Node exits. Null for all other ends. Source: pm2, lib/ProcessContainer.js.
   */
  #underPm2(life: Lifetime, own: readonly Fact[], asked: readonly Fact[]): EndCause | null {
    const codes = own.filter((fact) => isOrderlyCode(fact, life.label, own));
    const said = nearest(life, this.#around(life, 'ended', lastWordsUs).filter(isCodeOrSignal));
    const how = codes.length > 0 ? codes : own.filter(({ means }) => means === 'exiting');
    const due = this.#around(life, 'graceful', lastWordsUs).some((fact) => !isOrderlyCode(fact, life.label));
    const isOther = how.length === 0 && (said.length === 0 || this.#around(life, 'crash', lastWordsUs).length > 0);
    if (due || isOther) return null;
    const thrown = own.filter(({ means }) => means === 'thrown');
    // What an app wrote long before as another worker was told to end is not the cause of an exception.
    const asks = this.#askedOf(life).filter(
      (fact) => thrown.length === 0 || isStop(fact) || fact.atUs >= life.lastSeenUs - lastWordsUs,
    );
    if (this.#wasToldByPm2(life, own, asks)) return told('graceful', reasonAsked(life.goneUs, asked));
    const end = told('exited', how.length > 0 ? how : said);
    if (thrown.length > 0 && (codes.length > 0 || how.length === 0))
      return { ...told('crash', thrown), cause: explained(causeOf({ reason: 'nodeException' }), end.cause) };
    return { ...end, cause: noted(end.cause, { note: 'notStoppedByPm2' }), isUnasked: said.length > 0 };
  }

  #wasToldByPm2({ goneUs }: Lifetime, own: readonly Fact[], asked: readonly Fact[]): boolean {
    const ofOthers = [...this.#ofProcess.values()].flat().filter((fact) => !own.includes(fact));
    return own.some(({ means }) => means === 'asked') || wasToldByPm2(goneUs, asked, [...this.#ofAny, ...ofOthers]);
  }

  /** Whether another process crashed nearer to the line. */
  #isOthers(line: Fact, life: Lifetime): boolean {
    const own = processIdentity(life);
    return [...this.#ofProcess].some(
      ([key, facts]) =>
        key !== own &&
        facts.some(
          ({ means, atUs }) => means === 'crash' && Math.abs(atUs - line.atUs) < Math.abs(life.goneUs - line.atUs),
        ),
    );
  }

  /** Whoever was started after that was not meant. */
  #askedOf(life: Lifetime): readonly Fact[] {
    return this.#around(life, 'asked', askedUs).filter(({ atUs }) => atUs >= life.firstSeenUs);
  }

  #around({ lastSeenUs, goneUs }: Lifetime, means: Fact['means'], beforeUs: number): readonly Fact[] {
    return this.#ofAny.filter(
      (fact) => fact.means === means && fact.atUs >= lastSeenUs - beforeUs && fact.atUs <= goneUs + lateUs,
    );
  }
}

/** Several ends may lie close together: of the lines that name no process, those nearest to this one. */
function nearest({ goneUs }: Lifetime, facts: readonly Fact[]): readonly Fact[] {
  const distance = ({ atUs }: Fact): number => Math.abs(atUs - goneUs);
  const least = facts.reduce((min, fact) => Math.min(min, distance(fact)), Number.POSITIVE_INFINITY);
  return facts.filter((fact) => distance(fact) <= least + togetherUs);
}

/** Signals of faults are no answer to a request to end: where neither line names a process, it may be this one that crashed. */
function whenAsked(reason: readonly Fact[], statuses: readonly Fact[]): EndCause {
  const faults = statuses.filter(isOfFault);
  if (faults.length === 0) return told('graceful', reason);
  const crash = told('exited', faults);
  return { ...crash, cause: noted(crash.cause, { note: 'toldToEnd' }) };
}

const byCodeIf = (byCodeAlone: boolean, cause: EndCause): EndCause => (byCodeAlone ? { ...cause, byCodeAlone } : cause);

function told(kind: EndKind, facts: readonly Fact[]): EndCause & { readonly cause: CauseOfEnd } {
  return {
    kind,
    cause: causeOf(...facts),
    lines: [...new Set(facts.flatMap(({ lines }) => lines))].slice(0, 12),
  };
}
