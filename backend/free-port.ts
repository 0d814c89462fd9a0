import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections and to whoever listens on port 0, so that nobody is given this one next. */
const lowest = 20_000;
const above = 30_000;
const attempts = 20;

/** The next one to try. Each process begins elsewhere: what it was given and does not listen on yet is not given to another one. */
let next = (process.pid * 97) % (above - lowest);

/** A port that nobody listened on a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = lowest + next;
    next = (next + 1) % (above - lowest);
    const server = createServer();
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return port;
    } catch (error) {
      if (attempt === attempts) throw error;
    } finally {
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    }
  }
}
