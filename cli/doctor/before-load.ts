import { ExpectedError } from '../../contract/report/expected-error.ts';
import { checkHost } from '../run/host-check.ts';
import { Interrupted } from '../run/interrupt.ts';
import type { Session } from '../run/session.ts';
import type { Check } from './check.ts';
import { examine } from './examine.ts';

/**
 * The checks of `doctor` before a run's load. Says what a run goes on with in spite of it, and what it left out.
 * @returns when the limiter has forgotten them, by performance.now(). Throws an ExpectedError for what would make the run pointless.
 */
export async function checkBeforeLoad(session: Session): Promise<number> {
  const { server, settings, started, line, redact } = session;
  // The embedded backend keeps the profile's promises, but for the faults that were asked for.
  if (server === null) {
    if (settings.profile.request.httpVersion === '2') {
      throw new ExpectedError(
        'HTTP_VERSION is 2: the embedded backend speaks HTTP/1.1 only: unset HTTP_VERSION, or set BASE_URL to a server that speaks HTTP/2',
      );
    }
    return 0;
  }
  const { baseUrl, address } = server;
  const { checks, quietMs } = await examine({
    ...{
      ...session,
      settings,
      baseUrl,
      address,
      redact,
      pid: null,
      startedPid: started?.pid ?? null,
      isBeforeRun: true,
    },
    addresses: await checkHost(baseUrl, settings.allowHosts, 'BASE_URL'),
    logs: [...settings.serverLogs, ...(started === null ? [] : [started.logFile])],
  });
  if (session.interrupt.requested) throw new Interrupted();
  const quietAtMs = performance.now() + quietMs;
  const problems = checks.filter(({ status }) => status === 'problem');
  const ending = problems.filter(({ endsRun }) => endsRun);
  if (ending.length > 0) throw new ExpectedError(`run: nothing was sent but checks: ${ending.map(inWords).join('; ')}`);
  for (const check of problems) line.say(`found before the load: ${inWords(check)}`);
  for (const { subject, leftOut } of checks) {
    if (leftOut !== undefined) line.say(`not checked before the load: ${subject}: ${leftOut}`);
  }
  return quietAtMs;
}

const inWords = ({ subject, text, remedy }: Check): string =>
  `${subject}: ${text}${remedy === null ? '' : `: ${remedy}`}`;
