/**
 * How long the event loop was held at a time, in milliseconds of this thread's own CPU time, so that what else the machine
 * does makes no difference.
 */
export function measureTurns(): { stop(): { longest: number; ninetyNine: number } } {
  const turns: number[] = [];
  let isOver = false;
  let last = cpuTime();
  const turn = (): void => {
    const now = cpuTime();
    turns.push(now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      isOver = true;
      turns.sort((a, b) => a - b);
      return { longest: turns.at(-1) ?? 0, ninetyNine: turns[Math.floor(turns.length * 0.99)] ?? 0 };
    },
  };
}

function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
