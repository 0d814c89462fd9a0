// node test/packs.mjs FOLDER FILES_A_PACK FILE…: writes modules that each run several bundled test files in one process, and prints
// their paths in FOLDER. Starting Node and loading what a test imports takes half a second of CPU, most of it for modules that the
// files share. Each file is a suite under its own name, with hooks and a time limit of its own; one that does not load fails there.
// A file that changes its process has it alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [folder, filesAPack, ...files] = process.argv.slice(2);
/** Half of what group.mjs gives a process, so that what hangs is named. */
const fileLimitMs = 'getPriority() > 0 ? 900_000 : 300_000';

const changesProcess = /\bmock\.|\bglobalThis\b|\bprocess\.(on|once|kill|chdir|exit|umask)\(|\bprocess\.env\.\w+ = /;
const isAlone = (file) => changesProcess.test(readFileSync(file, 'utf8'));
const together = files.filter((file) => !isAlone(file));

// Dealt out in turn: files of like names often take long together.
const packs = Array.from({ length: Math.ceil(together.length / Number(filesAPack)) }, () => []);
for (const [n, file] of together.entries()) packs[n % packs.length].push(file);

for (const [n, pack] of packs.entries()) {
  const path = join('test', 'unit', `pack-${n + 1}.mjs`);
  const suites = pack.map((file) => {
    const bundled = `./${basename(file).replace(/\.ts$/, '.mjs')}`;
    return `describe(${JSON.stringify(file)}, { timeout }, async () => { await import(${JSON.stringify(bundled)}); });\n`;
  });
  const head = `import { getPriority } from 'node:os';\nimport { describe } from 'node:test';\nconst timeout = ${fileLimitMs};\n`;
  writeFileSync(join(folder, path), head + suites.join(''));
  console.log(path);
}
for (const file of files.filter(isAlone)) console.log(file);
