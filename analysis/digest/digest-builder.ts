import { deliveryIn, type ScenarioDelivery } from '../delivery/scenario-delivery.ts';
import type { Counts, Digest, DigestedPhase, Errors, Hints, Successes } from '../interpret/digest.ts';
import { addSpans, emptySpan, phaseSpansIn } from '../interpret/phase-spans.ts';
import { sentByPhase } from '../interpret/planned-and-sent.ts';
import { timesIn } from '../interpret/response-times.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { saturationsOf } from '../interpret/saturation.ts';
import { stallsOf } from '../interpret/stalls.ts';
import { unsentIn } from '../interpret/unsent.ts';
import type { EffectCounts } from '../journal/effect-counts.ts';
import { emptyHistogram } from '../journal/histogram.ts';
import type { Ledger } from '../journal/ledger.ts';
import { addErrors, errorsIn, noErrorsYet } from '../outcomes/errors.ts';
import { addHints, hintsIn, noHints } from '../outcomes/hints.ts';
import { addCounts, requestCounts } from '../outcomes/request-counts.ts';
import { addSuccesses, noSuccesses, successesIn } from '../outcomes/successes.ts';
import { cycleMedians } from '../resources/cycle-medians.ts';
import { addEach } from '../statistics.ts';
import { addDelivery, drawnNow, withUnsent } from './add-delivery.ts';
import { withDelivery } from './delivery-in-pieces.ts';
import { SignalsPerSecond } from './per-second.ts';

/** A piece of a scenario, as a run of its own. */
export interface PieceRun {
  readonly run: Run;
  readonly scenario: ScenarioRun;
  readonly ledger: Ledger;
}

/** Adds up what the pieces of a scenario say. */
export class DigestBuilder {
  private pieces = 0;
  private recorded: Counts = new Map();
  private meant: Counts = new Map();
  private unknown: Counts = new Map();
  private readonly unsent = new Map<number, number>();
  private inStalls = 0;
  private inSaturation = 0;
  private readonly phases = new Map<string, DigestedPhase>();
  private successes: Successes = noSuccesses;
  private errors: Errors = noErrorsYet;
  private hints: Hints = noHints;
  private readonly histogram = emptyHistogram();
  private readonly clear = emptyHistogram();
  private readonly left = { timeouts: 0, inStalls: 0, inSaturation: 0, besideOthers: 0 };
  private delivery: ScenarioDelivery | null = null;
  private readonly perSecond: SignalsPerSecond;

  constructor(fromUs: number) {
    this.perSecond = new SignalsPerSecond(fromUs);
  }

  add({ run, scenario, ledger }: PieceRun): void {
    const { recorded, meant, unknown } = requestCounts(ledger);
    this.pieces += 1;
    this.recorded = addCounts(this.recorded, recorded);
    this.meant = addCounts(this.meant, meant);
    this.unknown = addCounts(this.unknown, unknown);
    addEach(this.unsent, unsentIn(ledger));
    this.inStalls += stallsOf(scenario).requestsIn(ledger);
    this.inSaturation += saturationsOf(run, scenario).requestsIn(ledger);
    this.successes = addSuccesses(this.successes, successesIn(run, scenario, ledger));
    this.errors = addErrors(this.errors, errorsIn(run, scenario, ledger));
    this.hints = addHints(this.hints, hintsIn(ledger));
    this.perSecond.add(ledger);
    this.addTimes(run, scenario, ledger);
    this.addPhases(run, scenario, ledger);
    // Pieces of read-back alone hold no signals.
    if (sentByPhase(ledger).size === 0) return;
    const delivery = drawnNow(deliveryIn(scenario.name, ledger, run.manifest.profile), run.manifest.startedAtUs);
    this.delivery = this.delivery === null ? delivery : addDelivery(this.delivery, delivery);
  }

  /** @param rest the effects that no piece has taken. */
  finish(rest: ReturnType<EffectCounts['rest']>, leftOut: number): Digest {
    const { pieces, recorded, meant, unknown, unsent, inStalls, inSaturation, phases } = this;
    const { successes, errors, hints, histogram, clear, left, delivery, perSecond } = this;
    const digest: Digest = {
      ...{ pieces, recorded, meant, unknown, unsent, inStalls, inSaturation, phases },
      ...{ successes, errors, hints, perSecond, leftOut },
      times: { histogram, clear, ...left },
    };
    return withDelivery(digest, delivery === null ? null : withUnsent(delivery, rest));
  }

  private addTimes(run: Run, scenario: ScenarioRun, ledger: Ledger): void {
    const times = timesIn(run, scenario, ledger, () => true);
    this.histogram.add(times.histogram);
    this.clear.add(times.clear);
    this.left.timeouts += times.timeouts;
    this.left.inStalls += times.inStalls;
    this.left.inSaturation += times.inSaturation;
    this.left.besideOthers += times.besideOthers;
  }

  private addPhases(run: Run, scenario: ScenarioRun, ledger: Ledger): void {
    const spans = phaseSpansIn(ledger);
    const medians = cycleMedians(run, scenario, ledger);
    for (const [name, { sent, unsent, firstUs }] of sentByPhase(ledger)) {
      const span = spans.get(name) ?? { ...emptySpan, firstUs };
      const here: DigestedPhase = { ...span, sent, unsent, medianMs: medians.get(name) ?? null };
      const before = this.phases.get(name);
      this.phases.set(name, before === undefined ? here : addPhase(before, here));
    }
  }
}

/** What came late lies in the next piece: too little for a median of its own. */
function addPhase(a: DigestedPhase, b: DigestedPhase): DigestedPhase {
  const unsent = new Map(a.unsent);
  addEach(unsent, b.unsent);
  return {
    ...addSpans(a, b),
    sent: a.sent + b.sent,
    unsent,
    medianMs: a.sent >= b.sent ? a.medianMs : b.medianMs,
  };
}
