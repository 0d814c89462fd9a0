import { sentNames } from '../../contract/plan/signal-id.ts';
import type { SlowestPicture } from '../../contract/report/pictures.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { atSecond, millis } from '../words.ts';
import { secondsFrom, signalName } from './drawn-requests.ts';
import { judgedAnswers } from './response-times.ts';
import type { Run, ScenarioRun } from './run.ts';
import { stallsOf } from './stalls.ts';

const shown = 12;
/** More stand in the picture. */
const named = 5;

interface Limits {
  readonly warnMs: number;
  readonly failMs: number;
}

interface Slow {
  readonly scenario: ScenarioRun;
  readonly at: number;
  readonly tookUs: number;
}

/** The slowest of the answers that are judged, in order, against what is allowed; none without an answer. */
export function slowestPicture(
  run: Run,
  scenarios: readonly ScenarioRun[],
  { warnMs, failMs }: Limits,
): readonly SlowestPicture[] {
  const { startedAtUs } = run.manifest;
  const requests = slowestOf(run, scenarios).flatMap(({ scenario: { name, ledger }, at }) =>
    ledger === null
      ? []
      : [
          {
            id: signalName(ledger, at),
            scenario: name,
            atSeconds: secondsFrom(ledger.notedSendUs(at), startedAtUs),
            ms: ledger.tookUs(at) / 1000,
            outcome: ledger.outcomeOf(at),
          },
        ],
  );
  const [slowest] = requests;
  if (slowest === undefined) return [];
  const title = `the ${requests.length} slowest of the requests that were judged`;
  return [{ kind: 'slowest', title, atSeconds: slowest.atSeconds, warnMs, failMs, requests }];
}

/**
 * The slowest of one scenario in words: how long, when, to which webhook, and whether an answer came.
 * @param noteOf what is added to each.
 */
export function slowestInWords(
  run: Run,
  scenario: ScenarioRun,
  fromMs: number,
  noteOf: (ledger: Ledger, at: number) => string = () => '',
): readonly string[] {
  const sentName = sentNames(run.manifest.profile);
  return slowestOf(run, [scenario])
    .filter(({ tookUs }) => tookUs > fromMs * 1000)
    .slice(0, named)
    .flatMap(({ scenario: { name, ledger }, at, tookUs }) => {
      if (ledger === null) return [];
      const signal = ledger.signalOf(at);
      const id = signal === none ? '' : `${sentName(ledger.signals.text(signal))}, `;
      const took = millis(tookUs / 1000);
      const answered = ledger.outcomeOf(at) === 'timeout' ? `no answer came in ${took}` : `answered after ${took}`;
      const sent = `sent ${atSecond(ledger.notedSendUs(at), run.manifest.startedAtUs)} to webhook ${ledger.webhookOf(at)}`;
      return [`${name}: ${id}${sent}: ${answered}${noteOf(ledger, at)}`];
    });
}

function slowestOf(run: Run, scenarios: readonly ScenarioRun[]): readonly Slow[] {
  const found: Slow[] = [];
  for (const scenario of scenarios) {
    const { ledger } = scenario;
    if (ledger === null) continue;
    const isJudged = judgedAnswers(run, ledger);
    const stalls = stallsOf(scenario);
    for (let at = 0; at < ledger.length; at += 1) {
      const tookUs = ledger.tookUs(at);
      if (found.length === shown && tookUs <= (found.at(-1)?.tookUs ?? 0)) continue;
      if (!isJudged(at) || stalls.overlap(ledger, at)) continue;
      const place = found.findIndex((other) => other.tookUs < tookUs);
      found.splice(place === -1 ? found.length : place, 0, { scenario, at, tookUs });
      if (found.length > shown) found.pop();
    }
  }
  return found;
}
