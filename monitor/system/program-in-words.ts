import { resolve } from 'node:path';
import { scriptOf } from './label.ts';
import { kindOf } from './roles.ts';

/** An application within a module or a command of a script, as in `uvicorn shop.main:app` and `artisan queue:work`. */
const application = /^[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?$/;

/** What a command line says of the program itself: the script, and the application in it. A title is one word, and all there is. */
export function programInWords(words: readonly string[], folder: string): string {
  const [first = ''] = words;
  if (words.length === 1 && first.includes(' ')) return kindOf(words);
  const script = scriptOf(words);
  const applications = words.slice(1).filter((word) => application.test(word));
  return [script === '' ? '' : resolve(folder, script), ...applications].join('\n');
}
