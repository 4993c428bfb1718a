/** The longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Rings once when the hub's clock has come to `time` (milliseconds since 1970), at once but never within this call if it is
 * past. The clock is looked at again when the timer is over: it may go at another pace, or be years from it. Returns what
 * takes the alarm back.
 */
export function setAlarm(options: { time: number; now: () => number; ring: () => void }): () => void {
  const { time, now, ring } = options;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = time - now();
    timer = left <= 0 ? setTimeout(ring, 0) : setTimeout(arm, Math.min(left, LONGEST_TIMER_MS));
  };
  arm();
  return () => clearTimeout(timer);
}
