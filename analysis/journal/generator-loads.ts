import { Column } from './column.ts';

/** How much CPU generators took between two instants, as one of them tells. */
export interface GeneratorLoad {
  /** Its place among the run's generators. */
  readonly generator: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** Cores that they kept busy, on average: one generator and all others on the same machine. */
  readonly usedCores: number;
  /** Cores that they could use. */
  readonly cores: number;
  /** It waited for a CPU for long, and for longer than it ran: others took the machine. */
  readonly waitedForCpu: boolean;
}

/** Of the time, by all threads together: who waits less for a CPU is not slow for it. */
const longWaitShare = 0.3;

/** @param waitedUs null where the system does not tell. */
export const isLongWait = (waitedUs: number | null, { cpuUs, tookUs }: { cpuUs: number; tookUs: number }): boolean =>
  waitedUs !== null && waitedUs >= cpuUs && waitedUs >= longWaitShare * tookUs;

/** In order of time for each generator. An array is one. */
export interface Loads extends Iterable<GeneratorLoad> {
  readonly length: number;
}

/** Loads in columns, 35 bytes each: a day has one a second and generator, and as objects they would be most of what lives. */
class LoadColumns implements Loads {
  length = 0;
  private readonly from = new Column(Float64Array);
  private readonly to = new Column(Float64Array);
  private readonly usedCores = new Column(Float64Array);
  private readonly cores = new Column(Float64Array);
  private readonly waitedForCpu = new Column(Uint8Array);
  private readonly generator = new Column(Uint16Array);

  add({ generator, fromUs, toUs, usedCores, cores, waitedForCpu }: GeneratorLoad): void {
    const n = this.length;
    this.from.set(n, fromUs);
    this.to.set(n, toUs);
    this.usedCores.set(n, usedCores);
    this.cores.set(n, cores);
    this.waitedForCpu.set(n, waitedForCpu ? 1 : 0);
    this.generator.set(n, generator);
    this.length += 1;
  }

  at(n: number): GeneratorLoad | undefined {
    if (n >= this.length) return undefined;
    return {
      generator: this.generator.get(n),
      fromUs: this.from.get(n),
      toUs: this.to.get(n),
      usedCores: this.usedCores.get(n),
      cores: this.cores.get(n),
      waitedForCpu: this.waitedForCpu.get(n) === 1,
    };
  }

  *[Symbol.iterator](): Generator<GeneratorLoad> {
    for (let n = 0; n < this.length; n += 1) {
      const load = this.at(n);
      if (load !== undefined) yield load;
    }
  }
}

/** Collects what each generator says of its own CPU. */
export class GeneratorLoads {
  /** By machine and generator. */
  private readonly machines = new Map<string, LoadColumns[]>();
  private current = new LoadColumns();
  private generator = 0;

  /** The next generator. @param machine the same for generators that share its cores. */
  begin(machine: string, generator: number): void {
    this.current = new LoadColumns();
    this.generator = generator;
    const known = this.machines.get(machine);
    if (known === undefined) this.machines.set(machine, [this.current]);
    else known.push(this.current);
  }

  add(load: Omit<GeneratorLoad, 'generator'>): void {
    this.current.add({ ...load, generator: this.generator });
  }

  /** One entry for each that was added: with what the others on its machine took in the same time. */
  summed(): Loads {
    const all = new LoadColumns();
    for (const generators of this.machines.values()) {
      for (const loads of generators) {
        const others = generators.filter((other) => other !== loads).map((other) => new BusyTime(other));
        for (const load of loads) {
          const usedCores = others.reduce((sum, other) => sum + other.meanCores(load), load.usedCores);
          all.add({ ...load, usedCores });
        }
      }
    }
    return all;
  }
}

/** The loads of one generator, asked in order of time. */
class BusyTime {
  private next = 0;

  constructor(private readonly loads: LoadColumns) {}

  meanCores({ fromUs, toUs }: GeneratorLoad): number {
    while ((this.loads.at(this.next)?.toUs ?? Number.POSITIVE_INFINITY) <= fromUs) this.next += 1;
    let busy = 0;
    for (let at = this.next; ; at += 1) {
      const load = this.loads.at(at);
      if (load === undefined || load.fromUs >= toUs) return busy / (toUs - fromUs);
      busy += load.usedCores * (Math.min(toUs, load.toUs) - Math.max(fromUs, load.fromUs));
    }
  }
}
