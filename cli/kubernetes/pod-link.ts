import type * as z from 'zod';
import {
  generatorService,
  generatorTokenHeader,
  type HelloAnswer,
  helloAnswer,
} from '../../contract/journal/generator-service.ts';
import { type ApiAnswer, type ApiClient, type ApiRequest, Unreachable } from './api-client.ts';
import { jsonIn } from './json-in.ts';

export interface PodPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The agent in one pod, through the API server: no Service, no Ingress. */
export class PodLink {
  readonly place: PodPlace;
  readonly #api: ApiClient;
  readonly #token: string;

  constructor(api: ApiClient, place: PodPlace, token: string) {
    this.place = place;
    this.#api = api;
    this.#token = token;
  }

  /** Whatever the agent answers. Rejects with Unreachable, also if the API server does not reach it. */
  async ask(request: ApiRequest): Promise<ApiAnswer> {
    const { namespace, pod, port } = this.place;
    const answer = await this.#api.ask({
      ...request,
      path: `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${request.path}`,
      headers: { ...request.headers, [generatorTokenHeader]: this.#token },
    });
    // 503 is the API server's word for an agent that it does not reach, and the agent's for a k6 that does not listen yet.
    if (answer.status === 502 || answer.status === 503 || answer.status === 504)
      throw new Unreachable('it does not answer through the API server');
    if (answer.status === 403)
      throw new Unreachable(
        'the API server allows no requests to pods: this user needs pods/proxy (deploy/kubernetes/role.yaml)',
      );
    return answer;
  }

  /** Rejects with Unreachable, also for an answer of another shape. */
  async json<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T> {
    const { status, body } = await this.ask(request);
    const parsed = status === 200 ? schema.safeParse(jsonIn(body.toString('utf8'))) : null;
    if (parsed?.success) return parsed.data;
    throw new Unreachable(`it is not a webhook-stress generator of this version (HTTP ${status})`);
  }

  hello(): Promise<HelloAnswer> {
    return this.json(helloAnswer, { method: 'GET', path: generatorService.hello });
  }
}
