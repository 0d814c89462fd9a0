import type { Truth } from './shape.ts';

export type Language = 'node' | 'python' | 'go' | 'java';

/** A program of programs/, how it is started, and what is true of it. */
export interface RealProgram {
  readonly language: Language;
  readonly program: string;
  readonly variant: string;
  readonly truth: Truth;
  readonly bytesPerRequest: number;
  readonly env: Readonly<Record<string, string>>;
  /** Command of a shell, from the folder of the programs; `PORT` is replaced. */
  readonly command: string;
  readonly metrics: boolean;
  readonly collect: boolean;
}

const node = (flags = ''): string => `exec ${process.execPath} ${flags} leak-server.mjs PORT`;
const bin = '../../../.tools/venv/bin';
const uvicorn = (workers: number): string =>
  `exec ${bin}/python ${bin}/uvicorn --log-level warning --port PORT --workers ${workers} leak_server:asgi`;
const gunicorn = (more: string): string =>
  `exec ${bin}/python ${bin}/gunicorn --no-control-socket -w 2 ${more} -b 127.0.0.1:PORT leak_server:wsgi`;
const go = 'exec ../../../.tools/accuracy/leakserver PORT';
const java = (flags: string): string => `exec java ${flags} -cp ../../../.tools/accuracy LeakServer PORT`;

/** A line of the table below. */
interface Variant {
  readonly is: string;
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly metrics?: boolean;
  readonly collect?: boolean;
}

const page = { metrics: true, env: { METRICS: '1' } } as const;
const garbage = (bytes: number, more: Readonly<Record<string, string>> = {}) => ({
  GARBAGE_BYTES: String(bytes),
  ...more,
});
const cyclesOff = garbage(60_000, { CYCLES: '1', COLLECTOR: 'off' });
const garbagePage = (bytes: number, more: Readonly<Record<string, string>> = {}) =>
  ({ metrics: true, env: garbage(bytes, { METRICS: '1', ...more }) }) as const;
const largeSemiSpace = node('--max-semi-space-size=256 --min-semi-space-size=256');

const clean: readonly (readonly [Language, string, Variant])[] = [
  ['node', 'Node', { is: 'nothing', command: node() }],
  ['node', 'Node', { is: 'nothing, with a page', command: node(), ...page }],
  ['node', 'Node', { is: 'garbage', command: node(), env: garbage(50_000) }],
  [
    'node',
    'Node',
    { is: 'garbage in a large semi-space, with a page', command: largeSemiSpace, ...garbagePage(60_000) },
  ],
  [
    'node',
    'Node',
    { is: 'garbage in a large semi-space, collected', command: largeSemiSpace, env: garbage(60_000), collect: true },
  ],
  ['node', 'Node cluster, 2 workers', { is: 'nothing', command: node(), env: { WORKERS: '2' } }],
  ['python', 'uvicorn', { is: 'nothing', command: uvicorn(1) }],
  ['python', 'uvicorn', { is: 'garbage in cycles', command: uvicorn(1), env: garbage(20_000, { CYCLES: '1' }) }],
  ['python', 'uvicorn', { is: 'cycles, collector off, collected', command: uvicorn(1), env: cyclesOff, collect: true }],
  ['python', 'uvicorn, 2 workers', { is: 'nothing', command: uvicorn(2) }],
  ['python', 'gunicorn, 2 workers', { is: 'nothing', command: gunicorn('') }],
  ['python', 'gunicorn, 2 workers', { is: 'recycled every 300 requests', command: gunicorn('--max-requests 300') }],
  [
    'python',
    'gunicorn, 2 workers',
    { is: 'pages of the parent', command: gunicorn('--preload'), env: { SHARED_BYTES: '60000000' } },
  ],
  ['go', 'Go', { is: 'nothing', command: go }],
  ['go', 'Go', { is: 'garbage', command: go, env: garbage(50_000) }],
  ['go', 'Go', { is: 'garbage, GOGC=1000, with a page', command: go, ...garbagePage(50_000, { GOGC: '1000' }) }],
  ['go', 'Go', { is: 'garbage, GOGC=off, with a page', command: go, ...garbagePage(50_000, { GOGC: 'off' }) }],
  [
    'go',
    'Go',
    { is: 'garbage, GOGC=off, collected', command: go, env: garbage(50_000, { GOGC: 'off' }), collect: true },
  ],
  ['java', 'Java', { is: 'nothing, -Xmx64m', command: java('-Xmx64m') }],
  ['java', 'Java', { is: 'nothing, with a page, collected', command: java('-Xmx512m'), ...page, collect: true }],
  ['java', 'Java', { is: 'garbage, -Xmx64m', command: java('-Xmx64m'), env: garbage(100_000) }],
  ['java', 'Java', { is: 'garbage, -Xmx2g, with a page', command: java('-Xms1g -Xmx2g'), ...garbagePage(100_000) }],
  [
    'java',
    'Java',
    { is: 'garbage, -Xmx2g, collected', command: java('-Xms1g -Xmx2g'), env: garbage(100_000), collect: true },
  ],
];

const lazy: readonly (readonly [Language, string, Variant])[] = [
  ['node', 'Node', { is: 'garbage in a large semi-space', command: largeSemiSpace, env: garbage(60_000) }],
  ['python', 'uvicorn', { is: 'cycles, collector off', command: uvicorn(1), env: cyclesOff }],
  ['go', 'Go', { is: 'garbage, GOGC=off', command: go, env: garbage(50_000, { GOGC: 'off' }) }],
  ['java', 'Java', { is: 'garbage, -Xmx2g', command: java('-Xms1g -Xmx2g'), env: garbage(100_000) }],
];

const leaking: readonly (readonly [Language, string, Variant])[] = [
  ['node', 'Node', { is: 'a leak', command: node() }],
  ['node', 'Node', { is: 'a leak, with a page', command: node(), ...page }],
  ['node', 'Node', { is: 'a leak under garbage', command: node(), env: garbage(50_000) }],
  ['node', 'Node cluster, 2 workers', { is: 'a leak', command: node(), env: { WORKERS: '2' } }],
  ['python', 'uvicorn', { is: 'a leak', command: uvicorn(1) }],
  ['python', 'uvicorn, 2 workers', { is: 'a leak', command: uvicorn(2) }],
  ['python', 'gunicorn, 2 workers', { is: 'a leak', command: gunicorn('') }],
  ['go', 'Go', { is: 'a leak', command: go }],
  ['go', 'Go', { is: 'a leak, with a page', command: go, ...page }],
  ['java', 'Java', { is: 'a leak, with a page', command: java('-Xmx512m'), ...page }],
  ['java', 'Java', { is: 'a leak, with a page, collected', command: java('-Xmx512m'), ...page, collect: true }],
  ['java', 'Java', { is: 'a leak, collected', command: java('-Xmx512m'), collect: true }],
];

/** Bytes per request: from far below to far above what such a run can see, 2.9 kB a process. */
const leaks = [1_000, 4_000, 12_000, 30_000, 100_000] as const;

const made = ([language, program, variant]: (typeof clean)[number], truth: Truth, bytes: number): RealProgram => ({
  ...{ language, program, truth, bytesPerRequest: bytes, variant: variant.is, command: variant.command },
  env: { ...variant.env, LEAK_BYTES: String(bytes) },
  metrics: variant.metrics === true,
  collect: variant.collect === true,
});

export const realPrograms: readonly RealProgram[] = [
  ...clean.map((each) => made(each, 'clean', 0)),
  ...lazy.map((each) => made(each, 'lazy', 0)),
  ...leaking.flatMap((each) => leaks.map((bytes) => made(each, 'leak', bytes))),
];
