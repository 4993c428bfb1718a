import { createParser, ModelParsingOption } from "@azure/dtdl-parser";
import type { Interface } from "../../src/model/dtdl.ts";

/** What Microsoft's parser says of a model: how many elements it has. Rejects with all that is wrong. */
export async function parsed(interfaces: readonly Interface[]): Promise<number> {
  const { RejectUndefinedExtensions, RejectNonDtmiContexts, MandateTopLevelPartition } = ModelParsingOption;
  const parser = createParser(RejectUndefinedExtensions | RejectNonDtmiContexts | MandateTopLevelPartition);
  try {
    return Object.keys(await parser.parse(interfaces.map((each) => JSON.stringify(each)))).length;
  } catch (error) {
    throw new Error(`not DTDL: ${JSON.stringify(error)}\n${JSON.stringify(interfaces)}`, { cause: error });
  }
}
