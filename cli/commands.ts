import { backendTable } from './options/backend.ts';
import { doctorTable } from './options/doctor.ts';
import { generatorTable } from './options/generator.ts';
import { initTable } from './options/init.ts';
import { k6Table } from './options/k6.ts';
import { kubernetesTable } from './options/kubernetes.ts';
import { monitorTable } from './options/monitor.ts';
import { newTable } from './options/new.ts';
import type { CommandTable } from './options/option.ts';
import { profileTable } from './options/profile.ts';
import { reportTable } from './options/report.ts';
import { runTable } from './options/run.ts';

export interface Command {
  readonly table: CommandTable;
  /** Runs it and gives its exit code. Each is loaded only when it is called: a report needs no web server in memory. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  { table: runTable, run: async (args) => (await import('./commands/run.ts')).run(args) },
  { table: initTable, run: async (args) => (await import('./commands/init.ts')).init(args) },
  { table: doctorTable, run: async (args) => (await import('./commands/doctor.ts')).doctor(args) },
  { table: newTable, run: async (args) => (await import('./commands/new.ts')).newScenario(args) },
  { table: monitorTable, run: async (args) => (await import('./commands/monitor.ts')).monitor(args) },
  { table: reportTable, run: async (args) => (await import('./commands/report.ts')).report(args) },
  { table: profileTable, run: async (args) => (await import('./commands/profile.ts')).profile(args) },
  { table: backendTable, run: async (args) => (await import('./commands/backend.ts')).backend(args) },
  { table: kubernetesTable, run: async (args) => (await import('./commands/kubernetes.ts')).kubernetes(args) },
  { table: generatorTable, run: async (args) => (await import('./commands/generator.ts')).generator(args) },
  { table: k6Table, run: async (args) => (await import('./commands/k6.ts')).k6(args) },
];
