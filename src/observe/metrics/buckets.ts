/** From a fast handler (1 ms) to the longest that the hub waits for one (300 s). In seconds. */
export const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];
/** Up to the hub's 128 KiB, by fours. */
export const BYTE_BUCKETS = [64, 256, 1024, 4096, 16_384, 65_536, 131_072];
