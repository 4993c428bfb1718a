import { AFTER_CALLS } from "./after-calls.ts";
import { CALLS } from "./calls.ts";
import { IDLE } from "./idle.ts";
import { IMAGE } from "./image.ts";
import { INSIDE } from "./inside.ts";
import type { Measure } from "./measure.ts";
import { PACKAGES } from "./packages.ts";
import { START } from "./start.ts";

/** In the order of the table. */
export const MEASURES: readonly Measure[] = [CALLS, START, IDLE, AFTER_CALLS, INSIDE, PACKAGES, IMAGE];
