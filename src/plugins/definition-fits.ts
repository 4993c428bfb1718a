import type { ValidateFunction } from "ajv/dist/2020.js";
import { compileSchema } from "./definition-schema.ts";

/** Tells whether something is what a plugin's author writes. In the bundle it is compiled already: scripts/lean/compiled-schemas.ts. */
export const definitionFits = (): ValidateFunction => compileSchema().fits;
