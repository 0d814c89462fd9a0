import { execFileSync } from 'node:child_process';
import { listPids, readProcFile } from './proc-file.ts';

/** Processes in a cgroup whose path has such a folder, or one below it. */
function members(isMeant: (folder: string) => boolean): readonly number[] {
  return listPids().filter((pid) => {
    const cgroups = readProcFile(`/proc/${pid}/cgroup`) ?? '';
    return cgroups.split('\n').some((line) => line.split(':').slice(2).join(':').split('/').some(isMeant));
  });
}

/** Processes of a systemd unit; without a suffix a service is meant. */
export function processesOfUnit(name: string): readonly number[] {
  const unit = /\.[a-z]+$/.test(name) ? name : `${name}.service`;
  return members((folder) => folder === unit);
}

/** Programs that know containers by their names, and answer to the same words. */
const containerPrograms = ['docker', 'podman', 'nerdctl'];

/** The full id of a container; null where nobody knows its name. */
function containerId(name: string): string | null {
  if (/^[\da-f]{12,64}$/.test(name)) return name;
  for (const program of containerPrograms) {
    try {
      const id = execFileSync(program, ['inspect', '--format', '{{.Id}}', '--', name], {
        encoding: 'utf8',
        timeout: 5_000,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      if (/^[\da-f]{64}$/.test(id)) return id;
    } catch {
      // It is not installed here, or does not know this container: the next one may.
    }
  }
  return null;
}

/** Processes of a container of this machine, by name or id; null where the name is not known. */
export function processesOfContainer(name: string): readonly number[] | null {
  const id = containerId(name);
  // docker-<id>.scope, libpod-<id>, cri-containerd-<id>.scope, or the id alone.
  const folder = id === null ? null : new RegExp(`(?:^|-)${id}[\\da-f]*(?:\\.scope)?$`);
  return folder === null ? null : members((name) => folder.test(name));
}
