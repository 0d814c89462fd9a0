import type { FromSupervisor, FromWorker, Note, QuestionName, Questions } from './messages.ts';

interface Waiting {
  readonly resolve: (gets: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A worker's line to its supervisor. Messages arrive in the order in which they were sent. */
export class SupervisorLink {
  readonly #waiting = new Map<number, Waiting>();
  #lastNumber = 0;

  /** @param onLeave is called when the supervisor wants this worker to drain and end. */
  constructor(onLeave: (gently: boolean) => void) {
    process.on('message', (message: FromSupervisor) => {
      if ('leave' in message) return onLeave(message.gently);
      const waiting = this.#waiting.get(message.answer);
      this.#waiting.delete(message.answer);
      if ('error' in message) waiting?.reject(new Error(message.error));
      else waiting?.resolve(message.gets);
    });
  }

  ask<Q extends QuestionName>(question: Q, gives: Questions[Q]['gives']): Promise<Questions[Q]['gets']> {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    return new Promise<Questions[Q]['gets']>((resolve, reject) => {
      // The supervisor answers each question with its own kind of answer.
      this.#waiting.set(number, { resolve: (gets) => resolve(gets as Questions[Q]['gets']), reject });
      // Asked<Q> of one Q is what this builds; the compiler cannot see that it is one of the union.
      this.#send({ question, number, gives } as FromWorker);
    });
  }

  tell(note: Note): void {
    this.#send(note);
  }

  #send(message: FromWorker): void {
    if (process.send === undefined) throw new Error('a worker of the backend runs only under its supervisor');
    process.send(message);
  }
}
