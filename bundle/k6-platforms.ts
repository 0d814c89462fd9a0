/** A platform for which our k6 is published: what Node and npm call it, and what Go calls it. */
export interface K6Platform {
  readonly os: string;
  readonly cpu: string;
  readonly goos: string;
  readonly goarch: string;
  /** In words. */
  readonly title: string;
}

/** Where `npm install webhook-stress` brings k6 along. */
export const k6Platforms: readonly K6Platform[] = [
  { os: 'linux', cpu: 'x64', goos: 'linux', goarch: 'amd64', title: 'Linux x64' },
  { os: 'linux', cpu: 'arm64', goos: 'linux', goarch: 'arm64', title: 'Linux arm64' },
  { os: 'darwin', cpu: 'x64', goos: 'darwin', goarch: 'amd64', title: 'macOS x64' },
  { os: 'darwin', cpu: 'arm64', goos: 'darwin', goarch: 'arm64', title: 'macOS arm64' },
  { os: 'win32', cpu: 'x64', goos: 'windows', goarch: 'amd64', title: 'Windows x64' },
];

export const platformNamed = (os: string, cpu: string): K6Platform | null =>
  k6Platforms.find((platform) => platform.os === os && platform.cpu === cpu) ?? null;

export const packageNameOf = ({ os, cpu }: K6Platform): string => `@webhook-stress/k6-${os}-${cpu}`;

/** Where the program lies in its package. */
export const binaryIn = ({ os }: K6Platform): string => (os === 'win32' ? 'bin/k6.exe' : 'bin/k6');

/** Without C: one program for every C library, and for every platform from any other. */
export const goEnvironment = { CGO_ENABLED: '0' } as const;

/** How it is built, in a checkout and for publishing: without paths of the machine, and without what only a debugger reads. */
export const goBuild = (output: string): readonly string[] => [
  'build',
  ...['-trimpath', '-ldflags', '-s -w', '-o', output, './cmd/k6'],
];
