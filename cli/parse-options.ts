import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ExpectedError } from '../contract/report/expected-error.ts';

/** Node's parseArgs for one verb; an option that it does not know is an ExpectedError of one line. */
export function parseOptions<Config extends ParseArgsConfig>(
  verb: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ExpectedError(`${verb}: ${error.message.replace(/\s+/g, ' ')}; --help lists the options`);
  }
}
