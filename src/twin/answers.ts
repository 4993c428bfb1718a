import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Answered } from "./acknowledgement.ts";
import { isSame, own, type PropertyObject } from "./properties.ts";
import type { Outcome, Writables } from "./writable.ts";

/** What a part of the device answered to what is desired of it. */
export type PartAnswers = ReadonlyMap<string, Answered>;

/**
 * Has a part of the device take what is desired of it. Whatever it does, each property that it says something of has an
 * answer. What it leaves out, such as what somebody else desires at the root, has none.
 */
export async function answersOf(
  { apply }: Writables,
  desired: PropertyObject,
  versionOf: (property: string) => number,
): Promise<PartAnswers> {
  const versions = new Map(Object.keys(desired).map((name) => [name, versionOf(name)]));
  const outcomes = await outcomesOf(apply, desired);
  const answers = new Map<string, Answered>();
  for (const [name, version] of versions) {
    const outcome = own(outcomes, name) as Outcome | undefined;
    if (outcome !== undefined) answers.set(name, { ...outcome, version });
  }
  return answers;
}

async function outcomesOf(apply: Writables["apply"], desired: PropertyObject): Promise<PropertyObject> {
  try {
    return await apply(desired);
  } catch (error) {
    const failed: Outcome = { status: 500, description: messageOf(error), value: undefined };
    return Object.fromEntries(Object.keys(desired).map((name) => [name, failed]));
  }
}

const isTaken = ({ status }: Outcome): boolean => status === 200 || status === 202;

/** What a metric says of an application: the worst of it. */
export function outcomeOf(answers: PartAnswers): "applied" | "refused" | "failed" {
  const all = [...answers.values()];
  if (all.some(({ status }) => status === 500)) return "failed";
  return all.every(isTaken) ? "applied" : "refused";
}

/**
 * The values that the device goes by until it hears otherwise: what was taken, and in place of what was not, what was taken
 * before. What was kept from the last run and is refused now goes; what merely failed may be taken the next time.
 */
export function goodOf(options: {
  desired: PropertyObject;
  answers: PartAnswers;
  before: PropertyObject;
  isOld: boolean;
}): PropertyObject {
  const { desired, answers, before, isOld } = options;
  const good: [string, unknown][] = [];
  for (const [name, answer] of answers) {
    const value = isTaken(answer) ? own(desired, name) : own(before, name);
    if (value !== undefined && !(isOld && answer.status === 400)) good.push([name, value]);
  }
  return Object.fromEntries(good);
}

/** Tells what is new in it; values are not shown, one may be a secret. */
export function tellAnswers(options: {
  logger: Logger;
  component: string | undefined;
  answers: PartAnswers;
  before: PartAnswers;
  isOld: boolean;
}): void {
  const { logger, component, answers, before, isOld } = options;
  const where = component === undefined ? {} : { component };
  const isNews = (name: string, { version: _, ...outcome }: Answered): boolean => {
    const { version: __, ...earlier } = before.get(name) ?? {};
    return !isSame(outcome, earlier);
  };
  const news = [...answers].filter(([name, answer]) => isNews(name, answer));
  const taken = news.filter(([, answer]) => isTaken(answer)).map(([name]) => name);
  if (taken.length > 0)
    logger.info(
      { event: "twin.in-force", ...where, properties: taken },
      isOld ? "what the twin desired last is in force" : "what the twin desires is in force",
    );
  for (const [property, answer] of news) {
    if (isTaken(answer)) continue;
    const { status, description = "no reason was given" } = answer;
    const what = isOld
      ? "what the twin desired last is not taken any more"
      : "what the twin desires is refused";
    logger.warn({ event: "twin.refused", ...where, property, status }, `${what}: ${description}`);
  }
}
