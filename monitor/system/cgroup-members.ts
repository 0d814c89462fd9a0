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

/** Processes of a container of this machine, by its full id. */
export const processesOfContainer = (id: string): readonly number[] => members(containerFolder(id));
