/** `postpack` of npm: puts the checkout's package.json back. */
import { putBack } from "./kept.ts";

putBack();
