import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { ExpectedError } from '../contract/report/expected-error.ts';
import { collectGarbage } from './collect-garbage.ts';
import { exitOf, type WorkerExit } from './exit-of.ts';
import { freePort } from './free-port.ts';
import { log, messageOf } from './log.ts';
import type { Asked, FromSupervisor, FromWorker, Note, QuestionName } from './messages.ts';
import type { BackendSettings, WorkerSettings } from './settings.ts';
import { SupervisorState } from './supervisor-state.ts';

const killAfterMs = 10_000;
const restartPauseMs = 1000;
const portTries = 5;
const collectEveryMs = 500;

// V8's young generation would swing by tens of megabytes under load, which hides a small leak and looks like one. A worker
// starts with a small one; this process runs already and can only stop its growth.
const steadyWorker = '--max-semi-space-size=2';
/** For the fault lazy-collector. */
const lazyWorker = ['--min-semi-space-size=256', '--max-semi-space-size=256'];
const steadySupervisor = '--semi-space-growth-factor=1';

export interface Readiness {
  readonly port: number;
  readonly workers: readonly number[];
}

interface Member {
  readonly worker: Worker;
  readonly pid: number;
  state: 'starting' | 'ready' | 'leaving';
  readonly exited: Promise<void>;
}

class PortTaken extends ExpectedError {}

const afterStdinMs = 1000;

/**
 * Runs the backend until SIGTERM, SIGINT or, if asked, the end of stdin; SIGHUP replaces every worker without losing a request.
 * @param onReady is called once, when every worker takes requests.
 * @returns the exit code. Throws an ExpectedError if the port, Redis or PostgreSQL cannot be used.
 */
export async function runSupervisor(
  settings: BackendSettings,
  stopWithStdin: boolean,
  onReady: (readiness: Readiness) => void,
): Promise<number> {
  setFlagsFromString(steadySupervisor);
  const signingKey = randomBytes(32).toString('base64url');
  const redisPrefix = `webhook_stress:${randomBytes(6).toString('hex')}`;
  const started = { ...settings, signingKey, redisPrefix };
  // As in a worker, only who uses a store loads its client.
  if (settings.redisUrl !== null) {
    await (await import('./store/redis-admission.ts')).prepareRedis(settings.redisUrl, started);
  }
  if (settings.postgresUrl !== null) {
    await (await import('./store/postgres-records.ts')).createSchema(settings.postgresUrl, settings.keepData);
  }

  for (let tries = 1; ; tries += 1) {
    // A free port is only known to have been free a moment ago.
    const port = settings.port === 0 ? await freePort(settings.host) : settings.port;
    const supervisor = new Supervisor({ ...started, port });
    try {
      return await supervisor.run(stopWithStdin, onReady);
    } catch (error) {
      if (!(error instanceof PortTaken) || settings.port !== 0 || tries === portTries) throw error;
    }
  }
}

class Supervisor {
  readonly #settings: WorkerSettings;
  readonly #state: SupervisorState;
  readonly #members = new Set<Member>();
  #stopping = false;
  #recycling = false;
  #sigkillPlanned = false;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    this.#state = new SupervisorState(settings, () => this.#ready().length);
  }

  async run(stopWithStdin: boolean, onReady: (readiness: Readiness) => void): Promise<number> {
    // Arguments of a process are public: a worker gets its settings by message.
    const entry = process.argv[1];
    if (entry === undefined) throw new Error('the command has no script that a worker could run');
    cluster.setupPrimary({
      exec: entry,
      args: ['backend'],
      execArgv: [
        ...process.execArgv,
        ...(this.#settings.faults['lazy-collector'] === undefined ? [steadyWorker] : lazyWorker),
      ],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });

    const toldToStop = new Promise<string>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
      if (stopWithStdin) {
        process.stdin.resume();
        // Who held stdin has ended; its load generator notices a moment later and must not meet a closed port meanwhile.
        process.stdin.once('close', () => setTimeout(() => resolve('the end of stdin'), afterStdinMs));
      }
    });
    process.on('SIGHUP', () => void this.#recycle());

    const started = await Promise.allSettled(Array.from({ length: this.#settings.workers }, () => this.#start()));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await this.#stop();
      throw failed.reason;
    }
    onReady({ port: this.#settings.port, workers: this.#ready().map(({ pid }) => pid) });
    log('info', `listening on ${this.#settings.host}:${this.#settings.port} with ${this.#settings.workers} workers`);

    log('info', `stopping after ${await toldToStop}`);
    await this.#stop();
    return 0;
  }

  #ready(): Member[] {
    return [...this.#members].filter(({ state }) => state === 'ready');
  }

  /** Resolves when a new worker takes requests; rejects if it ended before that. */
  async #start(): Promise<void> {
    const worker = cluster.fork();
    const pid = worker.process.pid;
    if (pid === undefined) throw new Error('a worker could not be started');
    const exited = exitOf(worker).then((exit) => this.#onExit(member, exit));
    const member: Member = { worker, pid, state: 'starting', exited };
    this.#members.add(member);
    // Of our messages and of Node's own, such as a connection to accept: a worker that ends meanwhile leaves a broken pipe.
    worker.on('error', (error) => log('warn', `worker ${pid} could not be told: ${messageOf(error)}`));

    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if ('question' in message) {
          void this.#answer(member, message);
        } else if (message.note === 'listening') {
          if (member.state === 'starting') member.state = 'ready';
          log('info', `worker ${pid} started`);
          resolve();
        } else if (message.note === 'cannot-start') {
          reject(this.#whyNot(message));
        } else {
          this.#onNote(member, message);
        }
      });
      void exited.then(() => reject(new Error(`worker ${pid} ended before it listened; its log says why`)));
    });
  }

  #whyNot({ portInUse, reason }: Extract<Note, { note: 'cannot-start' }>): Error {
    const { host, port } = this.#settings;
    if (portInUse) return new PortTaken(`port ${port} of ${host} is in use: choose another with --port`);
    return new ExpectedError(`cannot listen on --host ${host} --port ${port}: ${reason}`);
  }

  async #answer<Q extends QuestionName>(member: Member, { question, number, gives }: Asked<Q>): Promise<void> {
    try {
      const gets = await this.#state.answers[question](gives, member.pid);
      this.#send(member, { answer: number, gets });
    } catch (error) {
      this.#send(member, { answer: number, error: messageOf(error) });
    }
  }

  #send(member: Member, message: FromSupervisor): void {
    if (!member.worker.isConnected()) return;
    member.worker.send(message);
  }

  #onNote(member: Member, note: Note): void {
    if (note.note === 'collect') this.#collect();
    this.#state.note(note, member.pid);
    const sigkillSeconds = this.#settings.faults['worker-sigkill'];
    if (note.note === 'first-signal' && typeof sigkillSeconds === 'number' && !this.#sigkillPlanned) {
      this.#sigkillPlanned = true;
      setTimeout(() => this.#ready()[0]?.worker.process.kill('SIGKILL'), sigkillSeconds * 1000);
    }
  }

  /** Each of several requests in a row reaches another worker, and all of them tell. */
  #collect(): void {
    const nowMs = performance.now();
    if (nowMs - this.#collectedMs < collectEveryMs) return;
    this.#collectedMs = nowMs;
    collectGarbage();
  }

  #onExit(member: Member, { code, signal }: WorkerExit): void {
    this.#members.delete(member);
    this.#state.forgetWorker(member.pid);
    const wasLeaving = member.state === 'leaving';
    if (wasLeaving && code === 0) {
      log('info', `worker ${member.pid} ${this.#stopping ? 'stopped' : 'recycled'}`);
      return;
    }
    log('error', `worker ${member.pid} died (${signal === null ? `exit code ${code}` : `signal ${signal}`})`);
    if (member.state === 'ready' && !this.#stopping) void this.#replace();
  }

  async #replace(): Promise<void> {
    while (!this.#stopping) {
      try {
        return await this.#start();
      } catch (error) {
        log('error', messageOf(error));
        await sleep(restartPauseMs);
      }
    }
  }

  /** One by one, each new worker takes requests before its predecessor leaves. */
  async #recycle(): Promise<void> {
    if (this.#recycling || this.#stopping) return;
    this.#recycling = true;
    try {
      for (const member of this.#ready()) {
        await this.#start();
        this.#leave(member, true);
        await member.exited;
      }
    } catch (error) {
      log('error', `recycling ended early: ${messageOf(error)}`);
    } finally {
      this.#recycling = false;
    }
  }

  #leave(member: Member, gently: boolean): void {
    if (!this.#members.has(member)) return;
    member.state = 'leaving';
    this.#send(member, { leave: true, gently });
    setTimeout(() => {
      if (!this.#members.has(member)) return;
      log('error', `worker ${member.pid} did not end within ${killAfterMs / 1000} s`);
      member.worker.process.kill('SIGKILL');
    }, killAfterMs).unref();
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    const startedMs = performance.now();
    const members = [...this.#members];
    for (const member of members) this.#leave(member, false);
    await Promise.all(members.map(({ exited }) => exited));
    log('info', `drained in ${Math.round(performance.now() - startedMs)} ms`);
  }
}
