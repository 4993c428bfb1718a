/** One direction of a connection: what goes along it keeps its order, whatever is late or held. */
export interface Lane {
  /** Passes at once if nothing is before it, else in its turn; not before `delayMs` from now. */
  pass(deliver: () => void, options?: { delayMs?: number }): void;
  /** Nothing passes until the returned function is called, by everyone who holds it. */
  hold(): () => void;
  /** Drops all that waits, and all that comes. */
  close(): void;
}

export function createLane(): Lane {
  const waiting: Array<{ deliver: () => void; readyAt: number }> = [];
  let holders = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function drain(): void {
    clearTimeout(timer);
    timer = undefined;
    while (holders === 0) {
      const [first] = waiting;
      if (first === undefined) return;
      const wait = first.readyAt - performance.now();
      if (wait > 0) {
        timer = setTimeout(drain, Math.ceil(wait));
        return;
      }
      waiting.shift();
      first.deliver();
    }
  }

  return {
    pass(deliver, { delayMs = 0 } = {}) {
      if (closed) return;
      if (holders === 0 && waiting.length === 0 && delayMs === 0) return deliver();
      waiting.push({ deliver, readyAt: performance.now() + delayMs });
      if (timer === undefined) drain();
    },
    hold() {
      holders++;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holders--;
        drain();
      };
    },
    close() {
      closed = true;
      waiting.length = 0;
      clearTimeout(timer);
    },
  };
}
