import { lastRunner } from "../../agent/boot-file.ts";
import type { Identity } from "../../link/identity.ts";
import { Unmet } from "../check.ts";
import { isClockWrong } from "../clock.ts";
import { whoListens } from "../here/listening.ts";
import type { Subject } from "../subject.ts";
import { type Admission, askAdmission, askByMqtt } from "./admission.ts";

/** What the hub says of the device. `isSpare`: it took the other key, after the first was refused. */
export interface Login {
  readonly identity: Identity;
  readonly admission: Admission;
  readonly isSpare: boolean;
}

type Ask = (identity: Identity) => Promise<Admission>;

/** Asks, and with the other key once more if there is one and the first was refused. Throws Unmet if nothing can be asked. */
export async function askLogin(subject: Subject, signal: AbortSignal): Promise<Login> {
  if ((await subject.target()).provisioning)
    throw new Unmet(
      "the hub is not known before the device has registered: hubhand does that when it starts",
    );
  const ask = await wayToAsk(subject, signal);
  const { identities } = await subject.someone();
  if (identities.enrolled !== undefined) {
    const { assignment, proof } = await identities.enrolled();
    if (assignment === undefined) throw new Unmet("it is not known as which device it registered");
    const identity = { ...assignment, proof };
    return { identity, admission: await ask(identity), isSpare: false };
  }
  const identity = await identities.obtain(signal);
  const admission = await ask(identity);
  if (admission.verdict !== "refused") return { identity, admission, isSpare: false };
  const failure = { class: "unauthorized", reason: "refused", message: admission.said } as const;
  if (identities.rejected(identity, failure) === undefined) return { identity, admission, isSpare: false };
  const spare = await identities.obtain(signal);
  const second = await ask(spare);
  return second.verdict === "accepted"
    ? { identity: spare, admission: second, isSpare: true }
    : { identity, admission, isSpare: false };
}

/** Over HTTPS if that can be; by a login, which throws out the agent that runs, only where that may be. */
async function wayToAsk(subject: Subject, signal: AbortSignal): Promise<Ask> {
  const ca = await subject.authorities(signal);
  const { clock } = subject;
  try {
    await mustBeAskable(subject);
    const { link } = subject.config().values;
    return (identity) => askAdmission({ identity, link, ca, clock });
  } catch (error) {
    const network = await subject.network();
    const peer = network.chosen("mqtt")
      ? (await network.knock("mqtt").catch(() => undefined))?.peer
      : undefined;
    if (peer === undefined || peer.doubt !== undefined || (await isClockWrong(subject))) throw error;
    const { mayLogIn } = subject;
    if (!(mayLogIn === "if-alone" ? await isAlone(subject) : mayLogIn)) throw withHint(error);
    const { host, mqttPort: port } = await subject.target();
    return (identity) => askByMqtt({ identity, host, port, ca, clock });
  }
}

async function mustBeAskable(subject: Subject): Promise<void> {
  const { gateway, module } = (await subject.someone()).identities.description;
  if (gateway !== undefined) throw new Unmet(`the gateway ${gateway} is not asked over HTTPS`);
  if (module !== undefined) throw new Unmet("modules are not asked over HTTPS");
  await (await subject.network()).askable();
}

/** Whether no agent can be seen that may be in as this device: none listens here, and the last one on this folder has ended in order. */
async function isAlone(subject: Subject): Promise<boolean> {
  const { state, observe } = subject.config().values;
  if ((await lastRunner(state.directory)) !== undefined) return false;
  return observe.port === 0 || (await whoListens(observe.host, observe.port)) !== "hubhand";
}

/** Nobody would find out otherwise. */
function withHint(error: unknown): unknown {
  if (!(error instanceof Unmet) || (error.because !== undefined && error.because !== "websockets"))
    return error;
  const what = error.because === undefined ? error.message : "port 443 is closed, where it would be asked";
  return new Unmet(
    `${what}, and an agent may be in: its /readyz tells; --login asks by MQTT, and ends its connection for a moment`,
  );
}
