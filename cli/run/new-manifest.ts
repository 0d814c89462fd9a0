import { journalVersion } from '../../contract/journal/journal.ts';
import { generatorId, localMonitor } from '../../contract/journal/paths.ts';
import { byDefaultSetting } from '../../contract/report/tested-target.ts';
import type { RunClock } from '../../monitor/clock.ts';
import { machineIdentity } from '../../monitor/system/machine.ts';
import { thisRunner } from '../runner-process.ts';
import { packageVersion } from '../version.ts';
import type { K6Binary } from './k6-binary.ts';
import { environmentFingerprint, ManifestFile } from './manifest-file.ts';
import type { RunSettings } from './settings.ts';

export interface NewRun {
  readonly folder: string;
  readonly runId: string;
  readonly settings: RunSettings;
  readonly k6: K6Binary;
  readonly clock: RunClock;
}

/** By which the files of who runs on the same machine are laid beside the run's. */
export function clockOfMachine() {
  const { bootId, timeNamespace } = machineIdentity();
  return {
    ...(bootId === null ? {} : { bootId }),
    ...(timeNamespace === undefined ? {} : { timeNamespace }),
  };
}

/** run.json as it is before anything is started; the embedded backend has no port yet. */
export function newManifest({ folder, runId, settings, k6, clock }: NewRun): ManifestFile {
  const isEmbedded = settings.baseUrl === null;
  return new ManifestFile(folder, {
    format: 'run',
    version: journalVersion,
    runId,
    clock: clock.pair,
    startedAtUs: clock.nowUs(),
    endedAtUs: null,
    interrupted: false,
    command: settings.scenarios,
    generators: Array.from({ length: settings.generators }, (_, n) => generatorId(n + 1)),
    monitors: [localMonitor],
    ...clockOfMachine(),
    ...thisRunner(),
    versions: { webhookStress: packageVersion, node: process.version, k6: k6.version },
    k6Build: k6.build,
    environment: environmentFingerprint(),
    target: {
      kind: isEmbedded ? 'embedded' : 'external',
      baseUrl: settings.baseUrl ?? 'the embedded backend',
      workers: isEmbedded ? settings.workers : null,
      faults: settings.faults,
    },
    profile: settings.profile,
    settings: {
      ...settings.sizes,
      cooldownMs: settings.cooldownMs,
      intervalMs: settings.intervalMs,
      strict: settings.strict,
      webhooks: settings.webhooks,
      ...(settings.embeddedByDefault ? { [byDefaultSetting]: true } : {}),
    },
    plans: settings.plans,
    scenarios: [],
    restart: null,
    serverCounts: null,
  });
}
