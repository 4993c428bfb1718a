import { MODEL_ID_EXPECTED, modelIdProblem } from "../rules/model-id.ts";
import { type Kind, textKind, Unfit } from "./kinds.ts";

/** The id of a Plug and Play model. */
export function modelId(): Kind<string> {
  return textKind(MODEL_ID_EXPECTED, "id", (text) => {
    const problem = modelIdProblem(text);
    if (problem !== undefined) throw new Unfit(MODEL_ID_EXPECTED, problem);
  });
}
