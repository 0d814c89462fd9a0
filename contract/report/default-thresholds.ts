const megabyte = 1_000_000;

/**
 * What a run is judged by unless its profile says otherwise (contract/report/thresholds.ts). Rules, k6 thresholds and alerts all
 * derive from it. Plain data, so that a bundle for k6 can hold it without a schema library.
 */
export const defaultThresholds = {
  memoryGrowth: { warnBytes: 50 * megabyte, failBytes: 100 * megabyte },
  success: { passRate: 0.95, failRate: 0.9 },
  errors: { passRate: 0.05 },
  averageResponse: { warnMs: 100, failMs: 500 },
  p95Response: { warnMs: 200, failMs: 1000 },
  anyResponse: { warnMs: 500, failMs: 1000 },
  cpu: { warnPercent: 80, processPercent: 90, sustainedMs: 10_000 },
  /** A probe that is not answered is given up after 2 s. */
  responsiveness: { warnMs: 2000, failMs: 5000 },
  /** Growth of a process's descriptors, or of its threads, from which a steady one is a leak: below it pools fill. */
  descriptors: { minGrowth: 20, nearLimit: 0.9 },
  /** Growth of the median response time within sustained: both must be exceeded. */
  drift: { minMs: 20, minShare: 0.5 },
  /** Around the expected share, which is one half of 20 signals at a limit of 10. */
  limitedShare: { tolerance: 0.1 },
  /**
   * Growth of a process below `minGrowthBytes` shows an allocator at work, not a leak (measured on healthy Node workers: up to
   * 2.3 MB). A run that could not have seen a leak of `coarsestBytesPerRequest` must not pass.
   */
  leak: { minGrowthBytes: 4 * megabyte, coarsestBytesPerRequest: 50_000 },
  pool: { nearExhaustion: 0.9 },
  storeResponse: { warnMs: 200, failMs: 1000 },
  lockWait: { warnMs: 1000, failMs: 5000 },
} as const;
