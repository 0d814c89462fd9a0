import { execFileSync } from 'node:child_process';
import { listPids, readProcFile } from './proc-file.ts';

type FolderTest = (folder: string) => boolean;

/** Whether a process lies in a cgroup whose path has such a folder, or below it, by what its /proc/<pid>/cgroup says. */
export function liesIn(cgroups: string, isMeant: FolderTest): boolean {
  return cgroups.split('\n').some((line) => line.split(':').slice(2).join(':').split('/').some(isMeant));
}

const members = (isMeant: FolderTest): readonly number[] =>
  listPids().filter((pid) => liesIn(readProcFile(`/proc/${pid}/cgroup`) ?? '', isMeant));

/** The folder of a systemd unit; without a suffix a service is meant. */
export function unitFolder(name: string): FolderTest {
  const unit = /\.[a-z]+$/.test(name) ? name : `${name}.service`;
  return (folder) => folder === unit;
}

/** docker-<id>.scope, libpod-<id>, cri-containerd-<id>.scope, or the id alone; what watches the container (conmon) is not in it. */
export function containerFolder(id: string): FolderTest {
  const pattern = new RegExp(`(?:^|(?<!conmon)-)${id}[\\da-f]*(?:\\.scope)?$`);
  return (folder) => pattern.test(folder);
}

export const processesOfUnit = (name: string): readonly number[] => members(unitFolder(name));

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
  return id === null ? null : members(containerFolder(id));
}
