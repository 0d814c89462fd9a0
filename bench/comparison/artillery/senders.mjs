import { setTimeout as sleep } from 'node:timers/promises';

const atMs = Date.now() + 4000;

export async function waitForInstant() {
  await sleep(atMs - Date.now());
}

export async function countAnswer(_request, response, _context, events) {
  events.emit('counter', `answers.${JSON.parse(response.body).status}`, 1);
}
