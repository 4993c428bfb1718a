/** `node --import` this: from then on "hubhand", "hubhand/testing" and "hubhand/local-hub" are this hubhand, everywhere. */
import { provideOwnApi } from "./plugins/resolve-hook.ts";

provideOwnApi();
