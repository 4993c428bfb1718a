import type { ValidateFunction } from "ajv/dist/2020.js";
import { compileSchema } from "./declaration-schema.ts";

/** Tells whether something is a declaration. In the bundle it is compiled already: scripts/lean/compiled-schemas.ts. */
export const declarationFits = (): ValidateFunction => compileSchema().fits;
