const SEGMENT = "[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?";
const MODEL_ID = new RegExp(`^dtmi:${SEGMENT}(?::${SEGMENT})*;[1-9][0-9]{0,8}$`);
/** Of the names that the language has for itself. */
const RESERVED = /^dtmi:(?:dtdl|standard):/;

/** Of the id of an interface (DTDL v2, "Interface"). */
export const LONGEST_MODEL_ID = 128;

/** What an id of a model is, for messages. */
export const MODEL_ID_EXPECTED = "a model id such as dtmi:example:gateway;1";

/**
 * What is wrong with an id of a model, for a person; undefined if it is one (DTDL v2, "Digital Twin Model Identifier").
 */
export function modelIdProblem(text: string): string | undefined {
  if (text.length > LONGEST_MODEL_ID) return `It is longer than ${LONGEST_MODEL_ID} characters.`;
  if (!text.startsWith("dtmi:")) return "It begins with dtmi: and a name, as in dtmi:example:gateway;1.";
  if (RESERVED.test(text)) return "What begins with dtmi:dtdl: or dtmi:standard: is the language's own.";
  if (!text.includes(";")) return "Its version is missing: write ;1 behind it.";
  if (MODEL_ID.test(text)) return undefined;
  return "Its names are letters, digits and _, begin with a letter and do not end with _; its version is a whole number from 1 behind a semicolon.";
}
