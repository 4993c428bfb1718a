const NOBODY = -1;

/** Who is due when: one appointment a device, in whole milliseconds. */
export interface TimingWheel {
  /** Makes the one appointment of a device, later than the last that were due. */
  schedule(device: number, at: number): void;
  /** The first millisecond from this one on with an appointment in it; undefined if there is none at all. */
  next(from: number): number | undefined;
  /** The devices that are due in the millisecond that `next` gave; each may get its next appointment. */
  due(at: number): Iterable<number>;
}

/**
 * A ring of lists, one a millisecond: an appointment costs the same however many there are, where a queue that
 * sorts a hundred thousand of them takes most of the run.
 * @param options.span how far ahead an appointment may be, in milliseconds
 */
export function createTimingWheel(options: { devices: number; span: number }): TimingWheel {
  const slots = Math.ceil(options.span) + 1;
  const first = new Int32Array(slots).fill(NOBODY);
  const next = new Int32Array(options.devices).fill(NOBODY);
  let size = 0;
  return {
    schedule(device, at) {
      const slot = at % slots;
      next[device] = first[slot] ?? NOBODY;
      first[slot] = device;
      size += 1;
    },
    next(from) {
      if (size === 0) return undefined;
      let at = from;
      while (first[at % slots] === NOBODY) at += 1;
      return at;
    },
    *due(at) {
      const slot = at % slots;
      let device = first[slot] ?? NOBODY;
      first[slot] = NOBODY;
      while (device !== NOBODY) {
        const following: number = next[device] ?? NOBODY;
        size -= 1;
        yield device;
        device = following;
      }
    },
  };
}
