// What runs around the load: k6's options, setup, read-back and summary. build.mjs makes it one function (`lazy:around`), so that no VU that
// only sends pays for it.

export { readBackByPage } from './long-readback.ts';
export { stressOptions } from './options.ts';
export { provision } from './provisioning.ts';
export { readBack, readUnderLoad } from './readback.ts';
export { handleSummary } from './summary.ts';
