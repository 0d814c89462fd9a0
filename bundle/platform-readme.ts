import type { K6Platform } from './k6-platforms.ts';
import { goBuild, packageNameOf } from './k6-platforms.ts';

interface Origin {
  readonly version: string;
  readonly k6: string;
  readonly repository: string | undefined;
}

/** What the package of a platform says of itself: AGPL-3.0 wants the source to be found from the program. */
export function platformReadme(platform: K6Platform, { version, k6, repository }: Origin): string {
  const command = goBuild('k6')
    .map((word) => (word.includes(' ') ? `"${word}"` : word))
    .join(' ');
  return `# ${packageNameOf(platform)}

The program that [webhook-stress](https://www.npmjs.com/package/webhook-stress) ${version} sends load with, for ${platform.title}: k6 ${k6}, with an
output and a sender added. It is installed with webhook-stress; \`npx webhook-stress k6 version\` runs it.

## License and source

This package is licensed under the GNU Affero General Public License, version 3 ([LICENSE](LICENSE)), as k6 is. What else is linked into it, and under
which licenses, is in [NOTICES.txt](NOTICES.txt).

- What we added: [source/](source/)${repository === undefined ? '' : `, which is the folder k6/ of ${repository.replace(/^git\+/, '')} at version ${version}`}.
- k6 ${k6}: https://github.com/grafana/k6/tree/${k6}, unchanged.
- Every module, with its checksum: source/go.mod and source/go.sum. \`go mod download\` in source/ fetches the source of all of them.

To build it from its source, in source/, with Go:

\`\`\`sh
CGO_ENABLED=0 GOOS=${platform.goos} GOARCH=${platform.goarch} go ${command}
\`\`\`
`;
}
