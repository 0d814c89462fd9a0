import { journalVersion } from '../../contract/journal/journal.ts';
import type { RunClock } from '../../monitor/clock.ts';
import { packageVersion } from '../version.ts';
import type { EmbeddedBackend } from './embedded-backend.ts';
import type { K6Binary } from './k6-binary.ts';
import { environmentFingerprint, ManifestFile } from './manifest-file.ts';
import type { RunSettings } from './settings.ts';

/** run.json as it is before the first scenario starts. */
export function newManifest(
  folder: string,
  runId: string,
  settings: RunSettings,
  k6: K6Binary,
  clock: RunClock,
  target: EmbeddedBackend | null,
  baseUrl: string,
): ManifestFile {
  return new ManifestFile(folder, {
    format: 'run',
    version: journalVersion,
    runId,
    clock: clock.pair,
    startedAtUs: clock.nowUs(),
    endedAtUs: null,
    interrupted: false,
    command: settings.scenarios,
    versions: { webhookStress: packageVersion, node: process.version, k6: k6.version },
    k6Build: k6.build,
    environment: environmentFingerprint(),
    target: {
      kind: target === null ? 'external' : 'embedded',
      baseUrl,
      workers: target === null ? null : settings.workers,
      faults: settings.faults,
    },
    profile: settings.profile,
    settings: {
      ...settings.sizes,
      cooldownMs: settings.cooldownMs,
      intervalMs: settings.intervalMs,
      strict: settings.strict,
      webhooks: settings.webhooks,
    },
    scenarios: [],
    restart: null,
    serverCounts: null,
  });
}
