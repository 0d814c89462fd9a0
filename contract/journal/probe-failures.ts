/**
 * Why the server did not answer a question of the monitor well. `timeout`: no answer within the limit. `refused`: nobody listened.
 * `unconnected`: no connection, for another reason. `broken`: the connection ended before the answer did. `status`: an answer that is
 * neither 2xx nor 404. `body`: one with a body that is too long, or of another form.
 */
export const probeFailures = ['timeout', 'refused', 'unconnected', 'broken', 'status', 'body'] as const;

export type ProbeFailure = (typeof probeFailures)[number];

const unanswered: readonly ProbeFailure[] = ['timeout', 'refused', 'unconnected', 'broken'];

/** Whether there was an answer, with whatever status or body. */
export const isAnswer = (failure: ProbeFailure): boolean => !unanswered.includes(failure);

interface ProbeAnswer {
  readonly failure: ProbeFailure;
  readonly status?: number;
}

/** Whether an answer to a question for statistics tells of no store: the route is not there, asks for a token, or refuses who asks too often. */
export const isWithoutFigures = ({ failure, status = 0 }: ProbeAnswer): boolean =>
  failure === 'body' || (failure === 'status' && status < 500);
