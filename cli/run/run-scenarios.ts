import { join } from 'node:path';
import { exceptionInWords } from '../../contract/journal/exceptions.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { promisedRanges } from '../../contract/journal/promised-ranges.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { newRunTag } from '../../contract/plan/signal-id.ts';
import { phasesOfPiece } from '../../contract/plan/soak.ts';
import { eventsVersion } from '../../contract/report/events.ts';
import { packageRoot } from '../package-root.ts';
import { collectInRests } from './collect-in-rests.ts';
import type { Fleet } from './generator.ts';
import { addressForK6 } from './host-check.ts';
import { endsByMs } from './interrupt.ts';
import { tooLongInWords, watchJournal } from './journal-limit.ts';
import type { Load } from './load.ts';
import { complaintsOf, endOfLoad } from './load-end.ts';
import { openFleet } from './open-fleet.ts';
import { liveLines, plainLine, progressEvent, scenarioWords, serverWords } from './progress-words.ts';
import { promisedIn } from './promised-in.ts';
import { RestartUnderLoad } from './restart-under-load.ts';
import { startReadback } from './runner-readback.ts';
import { ScenarioProgress } from './scenario-progress.ts';
import { scenarioVariables } from './scenario-variables.ts';
import type { Session } from './session.ts';
import { estimatedSeconds, estimatedTotalSeconds, restartedScenario } from './settings.ts';
import { startLoad } from './start-load.ts';
import { clockTimeWithUnit, TimeLeft } from './time-left.ts';

/** Runs the scenarios one after the other, until one of them cannot be followed by another. */
/** A k6 that lives tells its stage when asked, also on a full machine. */
const generatorSilentMs = 60_000;

export async function runScenarios(session: Session): Promise<void> {
  const fleet = await openFleet(session);
  try {
    await runOnFleet(session, fleet);
  } finally {
    await fleet.close();
  }
}

async function runOnFleet(session: Session, fleet: Fleet): Promise<void> {
  const { settings, line, interrupt, folder, runId, baseUrl } = session;
  const total = estimatedTotalSeconds(settings);
  tellStart(session, total);
  line.say(`run ${runId}: ${settings.scenarios.join(', ')} against ${baseUrl}; about ${clockTimeWithUnit(total)}`);
  line.say(`journal: ${folder}`);
  for (const { scenario, notes } of settings.plans) for (const note of notes) line.say(`${scenario}: ${note}`);
  const tooLong = tooLongInWords(settings);
  if (tooLong !== null) line.warn(tooLong);
  const time = new TimeLeft({
    seconds: settings.scenarios.map((name) => estimatedSeconds(settings, name)),
    cooldownSeconds: settings.cooldownMs / 1000,
  });
  for (const [n, name] of settings.scenarios.entries()) {
    if (n > 0) await interrupt.sleep(settings.cooldownMs);
    // Whoever interrupts it knows.
    if (interrupt.requested) return;
    const reason = reasonToStop(session);
    if (reason !== null) {
      line.warn(`${reason}; ${settings.scenarios.slice(n).join(', ')} skipped`);
      return;
    }
    time.begin(n);
    await runScenario(session, { name, n, time, fleet });
  }
}

/** Why no further scenario can be started. */
function reasonToStop({ backend, started, manifest }: Session): string | null {
  if (backend?.isAlive() === false) return 'The embedded backend exited';
  if (started?.isAlive() === false) return 'The server of --exec exited';
  if (manifest.manifest.journalFull !== undefined) return 'The journal is full (--journal-limit)';
  const [unwritable] = manifest.unwritable;
  return unwritable === undefined ? null : `${unwritable.file} could not be written (${unwritable.refusal})`;
}

function tellStart({ settings, events, runId, folder, baseUrl }: Session, estimatedTotal: number): void {
  const plan = settings.plans.map(({ scenario, phases }) => ({
    scenario,
    estimatedSeconds: estimatedSeconds(settings, scenario),
    requests: {
      min: phases.reduce((sum, { requests }) => sum + requests.min, 0),
      max: phases.reduce((sum, { requests }) => sum + requests.max, 0),
    },
  }));
  events.tell({
    event: 'run-started',
    version: eventsVersion,
    ...{ runId, folder, baseUrl, plan, estimatedSeconds: estimatedTotal },
  });
}

interface Step {
  readonly name: ScenarioName;
  /** Its place among the scenarios of the run, from 0. */
  readonly n: number;
  readonly time: TimeLeft;
  readonly fleet: Fleet;
}

async function runScenario(session: Session, { name, n, time, fleet }: Step): Promise<void> {
  const { manifest, clock, line, interrupt, folder, settings, events } = session;
  const place = `[${n + 1}/${settings.scenarios.length}] ${name}`;
  const before = manifest.manifest.scenarios;
  const window = { name, startedAtUs: clock.nowUs(), endedAtUs: null, k6ExitCode: null, k6Signal: null };
  manifest.change({ scenarios: [...before, window] });

  const runTag = newRunTag();
  const load = begin(session, fleet, { name, runTag, tell: (problem) => line.warn(`${place}: ${problem}`) });
  const readback = startReadback(session, { scenario: name, runTag });
  const timelines = fleet.generators.map(({ id }) => join(folder, journalFiles.timeline(id, name)));
  const progress = new ScenarioProgress(timelines);
  const seconds = estimatedSeconds(settings, name);
  line.say(`${place}: about ${Math.ceil(seconds)} s`);
  const [number, of] = [n + 1, settings.scenarios.length];
  events.tell({ event: 'scenario-started', scenario: name, number, of, estimatedSeconds: seconds });
  const restart = restartUnderLoad(session, name);
  const collecting = collectInRests(session, name);
  const journal = watchJournal(session, load);
  const timer = setInterval(() => showProgress(session, { name, place, time, progress }), 1000);
  const ends = await interrupt.during(load.ended, {
    end: () => load.interrupt(),
    kill: () => load.kill(),
    byMs: endsByMs.generator,
  });
  clearInterval(timer);
  journal.stop();
  await collecting.stop();
  if (restart !== null) {
    await interrupt.during(restart.settled(), {
      end: () => {},
      kill: () => session.backend?.kill(),
      byMs: endsByMs.restart,
    });
  }

  await readback.finish();
  const end = endOfLoad(ends);
  manifest.change({ scenarios: [...before, { ...window, endedAtUs: clock.nowUs(), ...end }] });
  const figures = progress.read();
  line.say(`${place}: ${[scenarioWords(figures), serverWords(session.watched.read())].filter(Boolean).join(' · ')}`);
  const { sent, outcomes } = figures;
  const { k6ExitCode, k6Signal, exceptions = [] } = end;
  events.tell({ event: 'scenario-ended', scenario: name, sent, outcomes, k6ExitCode, k6Signal });
  for (const thrown of exceptions) line.warn(`${place}: ${exceptionInWords(thrown)}`);
  const isCut = interrupt.requested || manifest.manifest.journalFull !== undefined;
  if (!isCut) for (const complaint of complaintsOf(ends)) line.warn(`${place}: ${complaint}`);
}

interface Shown {
  readonly name: ScenarioName;
  readonly place: string;
  readonly time: TimeLeft;
  readonly progress: ScenarioProgress;
}

function showProgress({ line, events, watched, clock }: Session, { name, place, time, progress }: Shown): void {
  const now = { place, time: time.now(), scenario: progress.read(), server: watched.read() };
  if (line.isLive) line.show(...liveLines(now, clock.nowUs()));
  else line.show(plainLine(now));
  events.tell(progressEvent(name, now));
}

interface Begun {
  readonly name: ScenarioName;
  readonly runTag: string;
  tell(problem: string): void;
}

function begin(session: Session, fleet: Fleet, { name, runTag, tell }: Begun): Load {
  const { settings, server, baseUrl } = session;
  const own = settings.ownScenarios.find((one) => one.name === name) ?? null;
  const plan = settings.plans.find(({ scenario }) => scenario === name);
  const pieces = plan === undefined ? null : phasesOfPiece(plan);
  const step = {
    scenario: name,
    script: own?.bundlePath ?? join(packageRoot, 'dist', `${name}.js`),
    plan: own === null ? null : JSON.stringify(plan),
    variables: {
      ...scenarioVariables(settings),
      ...(pieces === null ? {} : { STRESS_PIECE_PHASES: String(pieces) }),
      STRESS_RUN_TAG: runTag,
      BASE_URL: baseUrl,
      STRESS_HOST_ALLOWED: server?.hostIsAllowed === true ? 'on' : 'off',
      STRESS_ADDRESS: addressForK6(server),
    },
  };
  // k6 reads back from a URL only: elsewhere the runner does. A ledger in pieces is not read under way.
  const isAsked = settings.profile.readback.kind === 'url' && pieces === null;
  const promisedTo = (generators: readonly string[]) =>
    isAsked ? promisedRanges(promisedIn(session, name, generators).bySignal()) : null;
  return startLoad(fleet, step, { tell, promisedTo, silentMs: generatorSilentMs });
}

function restartUnderLoad(session: Session, name: ScenarioName): RestartUnderLoad | null {
  const { settings, manifest, clock, line, backend } = session;
  if (backend === null || settings.restartAfterMs === null || name !== restartedScenario) return null;
  return new RestartUnderLoad(backend, settings.restartAfterMs, clock, (changes) => {
    manifest.change({ restart: { scenario: name, ...changes } });
    if (changes.endedAtUs === null) line.say('the backend got SIGTERM under load');
  });
}
