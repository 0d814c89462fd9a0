import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it arrived: what a signature covers. */
    rawBody: string;
  }
}

/** What a signal has as a number. In a form everything is text. */
const numbers = ['quantity', 'price'];

const formFields = (text: string): unknown =>
  Object.fromEntries(
    [...new URLSearchParams(text)].map(([name, value]) => [name, numbers.includes(name) ? Number(value) : value]),
  );

/** Reads JSON and forms, and keeps what was read. */
export function readRawBodies(app: FastifyInstance): void {
  app.decorateRequest('rawBody', '');
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    request.rawBody = body;
    parseJson(request, body, done);
  });
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (request: { rawBody: string }, body: string) => {
      request.rawBody = body;
      return formFields(body);
    },
  );
}
