import { bucketOf } from './token-bucket.ts';

/** As nginx's limit_req: what waits in line adds to the one that passes: B + 1 + N/W·T. */
export const delaying = bucketOf(1);
