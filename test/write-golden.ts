// Writes test/golden/, docs/faults.md and docs/*.schema.json anew; what changed is then in the diff, to be read before it is
// committed.
import { writeFileSync } from 'node:fs';
import { goldenFiles } from './golden-files.ts';

for (const { path, text } of goldenFiles) writeFileSync(new URL(`../${path}`, import.meta.url), text);
