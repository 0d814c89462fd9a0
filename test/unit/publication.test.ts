import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { goBuild, k6Platforms } from '../../bundle/k6-platforms.ts';
import { platformReadme } from '../../bundle/platform-readme.ts';

const root = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Copy {
  readonly from: string | null;
  readonly sources: readonly string[];
}

/** The COPY lines of a Dockerfile. */
function copiesOf(dockerfile: string): readonly Copy[] {
  return [...dockerfile.matchAll(/^COPY (?:--from=(\S+) )?(.+) \S+$/gm)].map(([, from, sources]) => ({
    from: from ?? null,
    sources: (sources ?? '').split(' '),
  }));
}

test('the container recipe copies what is there, or what an earlier stage makes', () => {
  const dockerfile = text('Dockerfile');
  const copies = copiesOf(dockerfile);
  assert.equal(copies.length, dockerfile.match(/^COPY /gm)?.length);
  const ignored = text('.dockerignore').trim().split('\n');
  for (const { from, sources } of copies) {
    if (from !== null) assert.match(dockerfile, new RegExp(`^FROM \\S+ AS ${from}$`, 'm'));
    for (const source of sources) {
      if (from !== null) assert.match(source, /^\/(k6|source\/(dist|node_modules))$/);
      else assert.ok(existsSync(join(root, source)) && !ignored.includes(source), source);
    }
  }
  const [goVersion] = /(?<=^go )\d+\.\d+/m.exec(text('k6/go.mod')) ?? [];
  assert.match(dockerfile, new RegExp(`^FROM golang:${goVersion}-`, 'm'));
});

test('k6 is built by the same flags in a checkout, in the container, for publishing and in the pipeline', () => {
  const flags = goBuild('')
    .slice(1, -3)
    .map((word) => (word.includes(' ') ? `'${word}'` : word))
    .join(' ');
  for (const path of ['Makefile', 'Dockerfile', '.github/workflows/ci.yml'])
    assert.ok(text(path).includes(flags), path);
});

test('what carries k6 carries its license and says where the source is; the rest is MIT', () => {
  assert.match(text('LICENSE'), /^MIT License\n[\s\S]*the folder k6\/[\s\S]*see k6\/LICENSE/);
  assert.match(text('k6/LICENSE'), /GNU AFFERO GENERAL PUBLIC LICENSE/);
  assert.match(text('k6/README.md'), /https:\/\/github\.com\/grafana\/k6/);
  assert.match(text('README.md'), /AGPL-3\.0/);
  for (const platform of k6Platforms) {
    const readme = platformReadme(platform, {
      version: '1.2.3',
      k6: 'v2.2.0',
      repository: 'git+https://example.org/a.git',
    });
    assert.match(readme, /https:\/\/github\.com\/grafana\/k6\/tree\/v2\.2\.0/);
    assert.match(
      readme,
      /\[source\/\]\(source\/\), which is the folder k6\/ of https:\/\/example\.org\/a\.git at version 1\.2\.3/,
    );
    assert.match(readme, new RegExp(`GOOS=${platform.goos} GOARCH=${platform.goarch} go build `));
  }
});

test('a release is built and tested before anything is published, with provenance, k6 before what depends on it', () => {
  const workflow = text('.github/workflows/release.yml');
  const order = ['.ci/run', 'bundle/packages.ts', 'packages/k6-* packages/webhook-stress', 'npm publish --provenance'];
  const places = order.map((part) => workflow.indexOf(part));
  assert.ok(!places.includes(-1), workflow);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.match(workflow, /id-token: write/);
  assert.match(text('.github/workflows/ci.yml'), /node: \[20, 22, 24\]/);
});
