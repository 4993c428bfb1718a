/** A terminal and npm both pass Ctrl-C on, so one press may arrive twice: what comes this soon is the same press. */
const SAME_PRESS_MS = 500;

export interface StopSignals {
  /** Resolves with the first signal that asks to stop. */
  readonly asked: Promise<NodeJS.Signals>;
  /** Resolves with a second one: whoever asks twice does not want to wait. */
  readonly insisted: Promise<NodeJS.Signals>;
}

/** Listens for SIGINT, SIGTERM and SIGHUP from now on, in place of Node's own reaction to them. */
export function listenForStop(): StopSignals {
  const asked = Promise.withResolvers<NodeJS.Signals>();
  const insisted = Promise.withResolvers<NodeJS.Signals>();
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    first ??= now;
    asked.resolve(signal);
    if (now - first > SAME_PRESS_MS) insisted.resolve(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return { asked: asked.promise, insisted: insisted.promise };
}
