import { setFlagsFromString } from "node:v8";

/** The first Node whose V8 knows `--memory-saver-mode`; an older one would write on standard error that it does not. */
const NODE_THAT_SAVES = 24;

/**
 * Has V8 keep the heap near what is alive. It would let it grow to four times that before it looks for garbage, and the
 * young generation to 32 MB: calls of handlers that take their time grow old meanwhile, and would stay. It is set here and not
 * by whoever starts Node, so that it holds however that is done (docs/deploy/image.md says what it spares and costs).
 */
export function keepLittleMemory(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  if (Number.parseInt(process.versions.node, 10) >= NODE_THAT_SAVES)
    setFlagsFromString("--memory-saver-mode");
}
