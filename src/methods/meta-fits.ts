import type { ValidateFunction } from "ajv/dist/2020.js";
import { compileSchema } from "./meta-schema.ts";

/**
 * Tells whether something is a JSON Schema (2020-12). In the bundle it is compiled already (scripts/lean/compiled-schemas.ts),
 * as that is slow on a small device.
 */
export const metaFits = (): ValidateFunction => compileSchema().fits;
