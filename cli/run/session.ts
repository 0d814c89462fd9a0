import { join, resolve } from 'node:path';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { redactor } from '../../contract/journal/redaction.ts';
import { newClock, type RunClock } from '../../monitor/clock.ts';
import type { EmbeddedBackend } from './embedded-backend.ts';
import { Events } from './events.ts';
import { type GithubStep, githubStep } from './github-step.ts';
import type { CheckedServer } from './host-check.ts';
import type { Interrupt } from './interrupt.ts';
import type { K6Binary } from './k6-binary.ts';
import type { ManifestFile } from './manifest-file.ts';
import { newManifest } from './new-manifest.ts';
import type { ProgressLine } from './progress.ts';
import type { RemoteMonitors } from './remote-monitors.ts';
import { makeRunFolder } from './run-folder.ts';
import { ServerProgress } from './server-progress.ts';
import type { RunSettings } from './settings.ts';
import type { StartedServer } from './started-server.ts';

/** What the steps of one run share. */
export interface Session {
  readonly settings: RunSettings;
  /** The server as it was checked; null: the embedded backend. */
  readonly server: CheckedServer | null;
  readonly k6: K6Binary;
  readonly clock: RunClock;
  readonly folder: string;
  readonly runId: string;
  readonly manifest: ManifestFile;
  readonly line: ProgressLine;
  readonly interrupt: Interrupt;
  /** Null outside GitHub's pipelines. */
  readonly github: GithubStep | null;
  /** What programs are told. */
  readonly events: Events;
  /** What the run's own monitor sees. */
  readonly watched: ServerProgress;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hides secrets in whatever others say. */
  redact(text: string): string;
  /** Where load goes. */
  readonly baseUrl: string;
  /** Beside the servers, on their machines. */
  readonly remotes: RemoteMonitors;
  /** The server that was started by --exec; null if there is none. */
  readonly started: StartedServer | null;
  /** Null if the server is not ours. */
  readonly backend: EmbeddedBackend | null;
}

export interface Prepared {
  readonly settings: RunSettings;
  /** The server as it was checked; null: the embedded backend. */
  readonly server: CheckedServer | null;
  readonly remotes: RemoteMonitors;
  readonly k6: K6Binary;
  readonly line: ProgressLine;
  readonly interrupt: Interrupt;
}

/** Makes the folder of the run and its run.json. Throws an ExpectedError if the folder cannot be written. */
export function openSession({ settings, server, remotes, k6, line, interrupt }: Prepared): Session {
  const clock = newClock();
  const runId = settings.runId ?? new Date(clock.nowUs() / 1000).toISOString().replace(/[:.]/g, '-').slice(0, 19);
  const folder = makeRunFolder(settings.reports, runId, settings.generators);
  const redact = redactor(settings.environment.secrets);
  const events = new Events(settings.json ? (text) => process.stdout.write(text) : null);
  const watched = new ServerProgress(join(folder, journalFiles.monitor(localMonitor)), ({ atUs, kind, message }) =>
    events.tell({ event: 'alert', kind, message: redact(message) }, new Date(atUs / 1000)),
  );
  const github = githubStep();
  github?.output('folder', resolve(folder));
  return {
    ...{ settings, server, remotes, k6, line, interrupt, github, clock, runId, folder, redact, events, watched },
    manifest: newManifest({ folder, runId, settings, k6, clock }),
    env: settings.environment.all,
    baseUrl: settings.baseUrl ?? '',
    started: null,
    backend: null,
  };
}
