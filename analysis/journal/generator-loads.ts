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

/** Collects what each generator says of its own CPU. */
export class GeneratorLoads {
  /** By machine and generator. */
  private readonly machines = new Map<string, GeneratorLoad[][]>();
  private current: GeneratorLoad[] = [];
  private generator = 0;

  /** The next generator. @param machine the same for generators that share its cores. */
  begin(machine: string, generator: number): void {
    this.current = [];
    this.generator = generator;
    const known = this.machines.get(machine);
    if (known === undefined) this.machines.set(machine, [this.current]);
    else known.push(this.current);
  }

  add(load: Omit<GeneratorLoad, 'generator'>): void {
    this.current.push({ ...load, generator: this.generator });
  }

  /** One entry for each that was added: with what the others on its machine took in the same time. */
  summed(): readonly GeneratorLoad[] {
    return [...this.machines.values()].flatMap((generators) =>
      generators.flatMap((loads) => {
        const others = generators.filter((other) => other !== loads).map((other) => new BusyTime(other));
        if (others.length === 0) return loads;
        return loads.map((load) => ({
          ...load,
          usedCores: others.reduce((sum, other) => sum + other.meanCores(load), load.usedCores),
        }));
      }),
    );
  }
}

/** The loads of one generator, asked in order of time. */
class BusyTime {
  private next = 0;

  constructor(private readonly loads: readonly GeneratorLoad[]) {}

  meanCores({ fromUs, toUs }: GeneratorLoad): number {
    while ((this.loads[this.next]?.toUs ?? Number.POSITIVE_INFINITY) <= fromUs) this.next += 1;
    let busy = 0;
    for (let at = this.next; ; at += 1) {
      const load = this.loads[at];
      if (load === undefined || load.fromUs >= toUs) return busy / (toUs - fromUs);
      busy += load.usedCores * (Math.min(toUs, load.toUs) - Math.max(fromUs, load.fromUs));
    }
  }
}
