import type { ProbeResult, ProcessSample, ServerSampleLine, SocketCounts } from '../../contract/journal/journal.ts';
import { ByteLog, ByteReader } from './byte-log.ts';
import { type Figures, figuresOf, hasSameFigures, type Life, noFigures, processWith } from './process-figures.ts';

export interface ServerSample extends ServerSampleLine {
  /** Cores that the processes of the server could use then: other ones may have joined, or taken over, since. */
  readonly cores?: number;
}

/** Samples in order of time. An array is one, and so is what holds those of a day in bounded memory. */
export interface Samples extends Iterable<ServerSample> {
  readonly length: number;
  at(index: number): ServerSample | undefined;
  map<T>(of: (sample: ServerSample, n: number) => T): T[];
  flatMap<T>(of: (sample: ServerSample, n: number) => T | readonly T[]): T[];
}

/** What differs from the sample before: bits of a sample's first byte. */
const changed = {
  ...{ processes: 1, sockets: 2, oomKills: 4, machineCpu: 8, health: 16, redis: 32, database: 64, cores: 128 },
} as const;

/**
 * All samples of a run, exact, each as what differs from the one before: a day at ten samples a second over 64 processes
 * fits into some hundred megabytes. Each pass over them makes them anew, so that none is held.
 */
export class ServerSamples implements Samples {
  private readonly log = new ByteLog();
  private readonly lives: Life[] = [];
  private readonly lifeByKey = new Map<string, number>();
  /** By life, the processes of the last sample alone: one that ended never comes back. */
  private readonly lastOf = new Map<number, ProcessSample>();
  private present: readonly number[] = [];
  private last: ServerSample | null = null;
  private lastJson: Rest = noRest;
  length = 0;

  add(sample: ServerSample): void {
    const { log } = this;
    const present = sample.processes.map((process, n) => this.lifeOf(process, n));
    const isSame = present.length === this.present.length && present.every((life, n) => life === this.present[n]);
    const json = restOf(sample);
    log.byte(
      (isSame ? 0 : changed.processes) |
        (json.sockets === this.lastJson.sockets ? 0 : changed.sockets) |
        (sample.oomKills === (this.last?.oomKills ?? null) ? 0 : changed.oomKills) |
        (isSameMachineUse(sample, this.last) ? 0 : changed.machineCpu) |
        (json.health === this.lastJson.health ? 0 : changed.health) |
        (json.redis === this.lastJson.redis ? 0 : changed.redis) |
        (json.database === this.lastJson.database ? 0 : changed.database) |
        (sample.cores === this.last?.cores ? 0 : changed.cores),
    );
    putNumber(log, sample.atUs, this.last?.atUs ?? null);
    if (!isSame) this.putPresent(present);
    if (sample.cores !== this.last?.cores) putNumber(log, sample.cores ?? null, null);
    if (json.sockets !== this.lastJson.sockets) log.text(json.sockets);
    if (sample.oomKills !== (this.last?.oomKills ?? null)) putNumber(log, sample.oomKills, null);
    if (!isSameMachineUse(sample, this.last)) {
      putNumber(log, sample.machineCpuPercent, null);
      putNumber(log, sample.cpuPressurePercent ?? null, null);
    }
    for (const name of ['health', 'redis', 'database'] as const) {
      if (json[name] !== this.lastJson[name]) log.text(json[name]);
    }
    this.putProcesses(present, sample.processes);
    this.lastJson = json;
    this.last = sample;
    this.length += 1;
  }

  at(index: number): ServerSample | undefined {
    if (index === -1) return this.last ?? undefined;
    let n = 0;
    for (const sample of this) {
      if (n === index) return sample;
      n += 1;
    }
    return undefined;
  }

  map<T>(of: (sample: ServerSample, n: number) => T): T[] {
    return Array.from(this, of);
  }

  flatMap<T>(of: (sample: ServerSample, n: number) => T | readonly T[]): T[] {
    const all: T[] = [];
    let n = 0;
    for (const sample of this) {
      const found = of(sample, n);
      if (isList(found)) for (const each of found) all.push(each);
      else all.push(found);
      n += 1;
    }
    return all;
  }

  *[Symbol.iterator](): Generator<ServerSample> {
    const reader = new ByteReader(this.log);
    const lastOf = new Map<number, ProcessSample>();
    let present: readonly number[] = [];
    let rest = emptyRest;
    let atUs: number | null = null;
    let cores: number | null = null;
    for (let n = 0; n < this.length; n += 1) {
      const flags = reader.byte();
      atUs = takeNumber(reader, atUs);
      if ((flags & changed.processes) !== 0) {
        present = Array.from({ length: reader.whole() }, () => reader.whole());
        keepOnly(lastOf, present);
      }
      if ((flags & changed.cores) !== 0) cores = takeNumber(reader, null);
      rest = takeRest(reader, flags, rest);
      const processes = this.takeProcesses(reader, present, lastOf);
      yield { atUs: atUs ?? 0, processes, ...rest, ...(cores === null ? {} : { cores }) };
    }
  }

  /** @param place in the sample: nearly always the one that the process had in the sample before. */
  private lifeOf(process: ProcessSample, place: number): number {
    const before = this.present[place];
    if (before !== undefined && isOfLife(process, this.lives[before])) return before;
    const { pid, parentPid, startTicks, role, label } = process;
    const key = `${pid}/${startTicks}/${parentPid}/${role}/${label}`;
    const known = this.lifeByKey.get(key);
    if (known !== undefined) return known;
    const index = this.lives.push({ pid, parentPid, startTicks, role, label }) - 1;
    this.lifeByKey.set(key, index);
    return index;
  }

  private putPresent(present: readonly number[]): void {
    this.log.whole(present.length);
    for (const life of present) this.log.whole(life);
    keepOnly(this.lastOf, present);
    this.present = present;
  }

  /** How many processes did not change, then one that did, and so on; at last how many did not. */
  private putProcesses(present: readonly number[], processes: readonly ProcessSample[]): void {
    let same = 0;
    for (const [n, process] of processes.entries()) {
      const life = present[n] ?? 0;
      const last = this.lastOf.get(life);
      if (last !== undefined && hasSameFigures(last, process)) {
        same += 1;
        continue;
      }
      this.log.whole(same);
      same = 0;
      this.putFigures(figuresOf(process), last === undefined ? noFigures() : figuresOf(last));
      this.lastOf.set(life, process);
    }
    this.log.whole(same);
  }

  private putFigures(now: Figures, before: Figures): void {
    let mask = 0;
    for (let n = 0; n < now.length; n += 1) if (now[n] !== before[n]) mask |= 1 << n;
    this.log.whole(mask);
    for (let n = 0; n < now.length; n += 1) {
      if (now[n] !== before[n]) putNumber(this.log, now[n] ?? null, before[n] ?? null);
    }
  }

  /** A process whose figures did not change is the same object as in the sample before: a day has fifty million. */
  private takeProcesses(
    reader: ByteReader,
    present: readonly number[],
    lastOf: Map<number, ProcessSample>,
  ): readonly ProcessSample[] {
    let same = reader.whole();
    return present.map((life) => {
      const last = lastOf.get(life);
      if (same > 0 && last !== undefined) {
        same -= 1;
        return last;
      }
      const found = this.takeProcess(reader, life, last);
      lastOf.set(life, found);
      same = reader.whole();
      return found;
    });
  }

  private takeProcess(reader: ByteReader, life: number, last: ProcessSample | undefined): ProcessSample {
    const mask = reader.whole();
    const now = last === undefined ? noFigures() : figuresOf(last);
    for (let n = 0; n < now.length; n += 1) if ((mask & (1 << n)) !== 0) now[n] = takeNumber(reader, now[n] ?? null);
    return processWith(this.lives[life] ?? noLife, now);
  }
}

const noLife: Life = { pid: 0, parentPid: 0, startTicks: 0, role: 'helper', label: '' };

function isOfLife({ pid, parentPid, startTicks, role, label }: ProcessSample, life: Life | undefined): boolean {
  return (
    life !== undefined &&
    pid === life.pid &&
    startTicks === life.startTicks &&
    parentPid === life.parentPid &&
    role === life.role &&
    label === life.label
  );
}

const isSameMachineUse = (sample: ServerSample, last: ServerSample | null): boolean =>
  sample.machineCpuPercent === (last?.machineCpuPercent ?? null) &&
  sample.cpuPressurePercent === last?.cpuPressurePercent;

function isList<T>(found: T | readonly T[]): found is readonly T[] {
  return Array.isArray(found);
}

function keepOnly(lastOf: Map<number, ProcessSample>, present: readonly number[]): void {
  const stays = new Set(present);
  for (const life of lastOf.keys()) if (!stays.has(life)) lastOf.delete(life);
}

/** What is rarely new, as text: equal texts are equal results. */
type Rest = Readonly<Record<'sockets' | 'health' | 'redis' | 'database', string>>;
const noRest: Rest = { sockets: 'null', health: 'null', redis: 'null', database: 'null' };

function restOf({ sockets, health, redis, database }: ServerSampleLine): Rest {
  return {
    sockets: JSON.stringify(sockets),
    health: JSON.stringify(health),
    redis: JSON.stringify(redis),
    database: JSON.stringify(database),
  };
}

type ReadRest = Omit<ServerSampleLine, 'atUs' | 'processes'>;
const emptyRest: ReadRest = {
  ...{ sockets: null, oomKills: null, machineCpuPercent: null },
  ...{ health: null, redis: null, database: null },
};

function takeRest(reader: ByteReader, flags: number, before: ReadRest): ReadRest {
  // The log holds what `add` put there, checked when it was read from the journal.
  const parsed = <T>(flag: number, old: T): T => ((flags & flag) === 0 ? old : (JSON.parse(reader.text()) as T));
  const number = (flag: number, old: number | null): number | null =>
    (flags & flag) === 0 ? old : takeNumber(reader, null);
  const sockets = parsed<SocketCounts | null>(changed.sockets, before.sockets);
  const oomKills = number(changed.oomKills, before.oomKills);
  const machineCpuPercent = number(changed.machineCpu, before.machineCpuPercent);
  const cpuPressurePercent = number(changed.machineCpu, before.cpuPressurePercent ?? null);
  const health = parsed<ProbeResult | null>(changed.health, before.health);
  const redis = parsed<ProbeResult | null>(changed.redis, before.redis);
  const database = parsed<ProbeResult | null>(changed.database, before.database);
  return {
    ...{ sockets, oomKills, machineCpuPercent, health, redis, database },
    ...(cpuPressurePercent === null ? {} : { cpuPressurePercent }),
  };
}

/** First come these codes, then whole differences at even numbers and thousandths at odd ones. */
const codes = { null: 0, double: 1, first: 2 } as const;

/** A whole number as its difference from the one before, thousandths as they are, all else with its eight bytes. */
function putNumber(log: ByteLog, value: number | null, before: number | null): void {
  if (value === null) {
    log.whole(codes.null);
    return;
  }
  const difference = value - wholeOf(before);
  const thousandths = Math.round(value * 1000);
  if (Number.isSafeInteger(value) && Math.abs(difference) < 2 ** 50) {
    log.whole(codes.first + 2 * folded(difference));
  } else if (Math.abs(thousandths) < 2 ** 49 && thousandths / 1000 === value) {
    log.whole(codes.first + 2 * folded(thousandths) + 1);
  } else {
    log.whole(codes.double);
    log.double(value);
  }
}

function takeNumber(reader: ByteReader, before: number | null): number | null {
  const code = reader.whole();
  if (code === codes.null) return null;
  if (code === codes.double) return reader.double();
  const value = code - codes.first;
  return value % 2 === 0 ? wholeOf(before) + unfolded(value / 2) : unfolded((value - 1) / 2) / 1000;
}

const wholeOf = (value: number | null): number => (value !== null && Number.isSafeInteger(value) ? value : 0);
/** Small numbers of either sign as small ones without sign. */
const folded = (value: number): number => (value >= 0 ? 2 * value : -2 * value - 1);
const unfolded = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
