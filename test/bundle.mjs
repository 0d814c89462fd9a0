// node test/bundle.mjs FOLDER FILE…: makes tests JavaScript once, in FOLDER under their paths. tsx takes most of a second for what a
// test imports, at each start of each of them.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [folder, ...files] = process.argv.slice(2);

/** Where a source file is, it is after bundling: tests read what lies beside them. */
const ownPlace = {
  name: 'own place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href };
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, name) =>
        JSON.stringify(place[name]),
      );
      return { contents, loader: 'ts' };
    });
  },
};

await build({
  entryPoints: files,
  outdir: folder,
  outbase: '.',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  charset: 'utf8',
  plugins: [ownPlace],
});
