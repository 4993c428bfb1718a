import type { Contender } from "./contender.ts";
import { cEcho, PYTHON_SAMPLE } from "./elsewhere.ts";
import { hubhand } from "./hubhand.ts";
import { MQTTJS_ECHO, SDK_SAMPLE } from "./installed.ts";

/** Whom all are held against. */
export const BASE = SDK_SAMPLE.id;

/** In the order of the table's columns. */
export const contenders = (): Contender[] => [hubhand(), SDK_SAMPLE, MQTTJS_ECHO, PYTHON_SAMPLE, cEcho()];
