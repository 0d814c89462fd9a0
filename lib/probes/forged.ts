import type { ProbeKind } from '../../contract/plan/flaws.ts';
import { forgedSignalsOf, forgedStep, turnOf } from '../../contract/plan/forged-steps.ts';
import { makeSignal } from '../../contract/plan/made-signal.ts';
import type { ForgedSchedule, PlannedPhase } from '../../contract/plan/plan.ts';
import { makeSignalId, uuidOf } from '../../contract/plan/signal-id.ts';
import { stepAt } from '../../contract/plan/timetable.ts';
import { alteredSecret, anotherSecret } from '../../contract/request/false-secret.ts';
import { malformedAt, type Proof } from '../../contract/request/signed-words.ts';
import { environment } from '../environment.ts';
import type { RunData } from '../run-data.ts';
import { sendSignal } from '../webhook-client.ts';
import { eachStep, nowMs, waitConnected } from './barrier.ts';

/**
 * Signals whose signature or secret has a flaw, each with an id of its own; some have none. At last the right ones under ids of false ones,
 * each by the VU that sent the false one: whatever holds the others up, the false one is answered before.
 */
export function sendForged(run: RunData, phase: PlannedPhase, schedule: ForgedSchedule): void {
  const signals = forgedSignalsOf(schedule);
  const sent: number[] = [];
  eachStep({ ...schedule, steps: signals }, (step) => {
    sendStep(run, phase, schedule, step);
    sent.push(step);
  });
  for (const [at, n] of (schedule.corrected ?? []).entries()) {
    if (sent.includes(n)) sendStep(run, phase, schedule, signals + at);
  }
}

function sendStep(run: RunData, { signals: [own] }: PlannedPhase, schedule: ForgedSchedule, step: number): void {
  if (own === undefined) return;
  const { profile } = environment;
  const { atMs, webhook: index } = stepAt(schedule, step);
  const webhook = run.webhooks[index];
  if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
  const { n: place, flaw } = forgedStep(schedule, step);
  const n = own.first + place;
  const signal = makeSignal(n, makeSignalId({ runTag: run.runTag, code: own.code, n }));
  const send = (proof: Proof, secret = webhook.secret): void => {
    sendSignal({ webhook: { ...webhook, secret }, index, signal, purpose: 'probe', options: { proof } });
  };
  waitConnected(run.readyAtMs + atMs);
  if (flaw === 'replayed') {
    const proof: Proof = { flaw: 'none', atMs: Date.now(), requestId: uuidOf(signal.signal_id) };
    send(proof);
    waitConnected(nowMs() + schedule.replayGapMs);
    send(proof);
  } else if (flaw === 'other-secret') {
    send({ flaw: 'none' }, anotherSecret(profile, run.webhooks, index));
  } else if (flaw === 'wrong' && profile.secret.in !== 'signature') {
    send({ flaw: 'none' }, alteredSecret(profile, webhook.secret));
  } else if (flaw === 'malformed') {
    send({ flaw: malformedAt(turnOf(schedule, place)) });
  } else {
    send(proofWith(flaw, Date.now() - schedule.staleMs));
  }
}

function proofWith(flaw: Exclude<ProbeKind, 'replayed' | 'other-secret' | 'malformed'>, staleAtMs: number): Proof {
  return flaw === 'stale' ? { flaw: 'none', atMs: staleAtMs } : { flaw };
}
