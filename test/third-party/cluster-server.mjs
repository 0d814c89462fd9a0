// node:cluster with two workers, as its documentation shows it. Paths: /exit/N ends the worker by that code, /abort aborts it, /disconnect ends it
// gracefully, /job/SECONDS/N has it start a child that exits with N. With "jobs" as second argument the primary starts children for jobs, too, by the
// command line of its workers.
import { fork, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import process from 'node:process';

const [, script, port, jobs] = process.argv;
let started = 0;

function startJob() {
  started += 1;
  fork(script, process.argv.slice(2), { env: { ...process.env, JOB_CODE: started % 3 === 0 ? '1' : '0' } });
  console.log('a job was started');
}

if (process.env.JOB_CODE !== undefined) {
  setTimeout(() => process.exit(Number(process.env.JOB_CODE)), 300);
} else if (cluster.isPrimary) {
  for (let n = 0; n < 2; n += 1) cluster.fork();
  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.process.pid} died (${signal ? `signal ${signal}` : `exit code ${code}`})`);
    cluster.fork();
  });
  // Not while the workers start.
  if (jobs === 'jobs') setTimeout(() => setInterval(startJob, 300), 5000);
} else {
  createServer((request, response) => {
    const [, name, value, code] = request.url.split('/');
    if (name === 'exit') process.exit(Number(value));
    if (name === 'abort') process.abort();
    if (name === 'job') spawn('sh', ['-c', `sleep ${Number(value)}; exit ${Number(code)}`], { stdio: 'ignore' });
    response.end(String(process.pid));
    if (name === 'disconnect') response.once('close', () => process.exit(0));
  }).listen(Number(port), '127.0.0.1');
}
