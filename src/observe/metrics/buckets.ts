/** From a fast handler (1 ms) to the longest that the hub waits for one (300 s). In seconds; docs/decisions/0022 says why. */
export const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];
/** Of a wait one asks whether there is any, and of which order: each bound is a series for each method. In seconds. */
export const WAIT_BUCKETS = [0.001, 0.01, 0.1, 1, 10, 60, 300];
/** A task may run for longer than anybody waits for a call. In seconds. */
export const RUN_BUCKETS = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];
/** Up to the hub's 128 KiB, by fours. */
export const BYTE_BUCKETS = [64, 256, 1024, 4096, 16_384, 65_536, 131_072];
