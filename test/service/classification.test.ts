import { describe, expect, test } from "vitest";
import {
  classifyServiceFailure,
  type FailureContext,
  type RawServiceFailure,
  type RequestPurpose,
} from "../../src/service/failure.ts";

const CONTEXT: FailureContext = {
  purpose: "call",
  target: 'device "pi"',
  afterwards: "the device may have run the method",
  hub: "hub.example:443",
  policyName: "service",
};

function classify(raw: Partial<RawServiceFailure>) {
  return classifyServiceFailure({ error: undefined, connected: false, timedOut: false, ...raw }, CONTEXT);
}

const coded = (name: string, text = "text") =>
  JSON.stringify({ Message: `ErrorCode:${name};${text}`, ExceptionMessage: "Tracking ID:AB12-G:0" });

const document = (errorCode: number) =>
  JSON.stringify({ errorCode, trackingId: "T1", message: "as a document" });

const enveloped = (errorCode: number) =>
  JSON.stringify({ Message: document(errorCode), ExceptionMessage: "" });

describe("what the hub answers", () => {
  test.each([
    [404, coded("DeviceNotFound"), "DEVICE_UNKNOWN", "DeviceNotFound"],
    [404, coded("ModuleNotFound"), "DEVICE_UNKNOWN", "ModuleNotFound"],
    [404, enveloped(404001), "DEVICE_UNKNOWN", "404001"],
    [404, document(404010), "DEVICE_UNKNOWN", "404010"],
    [404, enveloped(404103), "DEVICE_OFFLINE", "404103"],
    [404, document(404104), "DEVICE_OFFLINE", "404104"],
    [403, coded("DeviceDisabled"), "DEVICE_DISABLED", "DeviceDisabled"],
    [403, enveloped(403012), "DEVICE_DISABLED", "403012"],
    [504, enveloped(504101), "DEVICE_SILENT", "504101"],
    [408, coded("AnyName"), "DEVICE_SILENT", "AnyName"],
    [401, coded("IotHubUnauthorizedAccess"), "CREDENTIALS_REFUSED", "IotHubUnauthorizedAccess"],
    [401, enveloped(401002), "CREDENTIALS_REFUSED", "401002"],
    [403, coded("AnyName"), "CREDENTIALS_REFUSED", "AnyName"],
    [404, coded("IotHubNotFound"), "HUB_UNREACHABLE", "IotHubNotFound"],
    [429, coded("ThrottlingBacklogTimeout"), "HUB_THROTTLED", "ThrottlingBacklogTimeout"],
    [429, enveloped(429001), "HUB_THROTTLED", "429001"],
    [403, enveloped(403800), "HUB_THROTTLED", "403800"],
    [403, coded("IotHubQuotaExceeded"), "HUB_THROTTLED", "IotHubQuotaExceeded"],
    [400, coded("IotHubSuspended"), "HUB_FAULT", "IotHubSuspended"],
    [400, coded("ArgumentInvalid"), "CALL_INVALID", "ArgumentInvalid"],
    [413, enveloped(413001), "CALL_INVALID", "413001"],
    [404, coded("ResourceNotFound"), "CALL_INVALID", "ResourceNotFound"],
    [502, coded("InvalidResponseWhileProxying"), "DEVICE_REPLY_INVALID", "InvalidResponseWhileProxying"],
    [500, coded("ServerError"), "HUB_FAULT", "ServerError"],
    [503, coded("ServiceUnavailable"), "HUB_FAULT", "ServiceUnavailable"],
    [409, coded("DeviceAlreadyExists"), "HUB_FAULT", "DeviceAlreadyExists"],
    [418, coded("Teapot"), "HUB_FAULT", "Teapot"],
  ])("%i %s is %s", (status, body, code, reason) => {
    expect(classify({ connected: true, answer: { status, body } })).toMatchObject({ code, reason });
  });

  test.each([
    ["DeviceNotOnline", "DEVICE_OFFLINE"],
    ["404103", "DEVICE_OFFLINE"],
    ["GatewayTimeout", "DEVICE_SILENT"],
  ])("the header alone says it too: %s", (errorCode, code) => {
    expect(classify({ connected: true, answer: { status: 404, errorCode, body: "" } }).code).toBe(code);
  });

  test("its text and tracking id are told, on one line and of bounded length", () => {
    const text = `one\r\ntwo\u001b[31m${"x".repeat(500)}`;
    const { message } = classify({ answer: { status: 500, body: coded("ServerError", text) } });
    expect(message).toContain("one two [31mxxx");
    expect(message).toContain("(tracking id AB12-G)");
    expect(message.length).toBeLessThan(400);
  });
});

describe("where no device is asked, a status says something else", () => {
  test.each<[RequestPurpose, number, string, string, string]>([
    ["query", 400, coded("ArgumentInvalid"), "QUERY_INVALID", 'does not take the query "q": text'],
    ["query", 401, coded("IotHubUnauthorized"), "CREDENTIALS_REFUSED", 'has the right "Registry Read"'],
    ["query", 504, "", "HUB_FAULT", "failed: HTTP status 504"],
    ["job", 404, coded("JobNotFound"), "HUB_JOB_UNKNOWN", "kept for thirty days"],
    ["job", 404, enveloped(404002), "HUB_JOB_UNKNOWN", "kept for thirty days"],
    ["job", 401, coded("IotHubUnauthorized"), "CREDENTIALS_REFUSED", '"Registry Read" and "Registry Write"'],
    ["job", 400, coded("ArgumentInvalid"), "CALL_INVALID", 'does not accept the query "q": text'],
    ["job", 429, coded("ThrottlingMaxActiveJobCountExceeded"), "HUB_THROTTLED", "as many jobs already"],
    ["job", 429, enveloped(429004), "HUB_THROTTLED", "as many jobs already"],
    ["registry", 401, coded("IotHubUnauthorized"), "CREDENTIALS_REFUSED", '"Registry Write"'],
  ])("%s: %i %s is %s", (purpose, status, body, code, told) => {
    const raw = { error: undefined, connected: true, timedOut: false, answer: { status, body } };
    const failure = classifyServiceFailure(raw, { ...CONTEXT, purpose, target: 'query "q"' });
    expect(failure).toMatchObject({ code, message: expect.stringContaining(told) });
  });

  test("an answer that does not come is the hub's fault, and says what may have happened", () => {
    const raw = { error: undefined, connected: true, timedOut: true };
    const context = { ...CONTEXT, purpose: "job", afterwards: "the hub may have made the job" } as const;
    expect(classifyServiceFailure(raw, context)).toMatchObject({
      code: "HUB_FAULT",
      message: "The hub hub.example:443 did not answer in time; the hub may have made the job.",
    });
  });

  test("a document that is none of theirs is not from a hub", () => {
    const raw = { error: new Error(), connected: true, timedOut: false };
    const answer = { status: 200, body: '{"status":200,"payload":1' };
    expect(classifyServiceFailure({ ...raw, answer }, { ...CONTEXT, purpose: "query" }).code).toBe(
      "HUB_UNREACHABLE",
    );
  });
});

describe("what some other server answers", () => {
  test.each([
    [401, "<html>", "CREDENTIALS_REFUSED"],
    [429, "slow down", "HUB_THROTTLED"],
    [500, "", "HUB_FAULT"],
    [502, "Bad Gateway", "HUB_FAULT"],
    [503, "[]", "HUB_FAULT"],
    [504, "null", "DEVICE_SILENT"],
    [404, "<html>", "HUB_UNREACHABLE"],
    [404, '{"Message":7}', "HUB_UNREACHABLE"],
    [301, "", "HUB_UNREACHABLE"],
    [405, '{"error":"no"}', "HUB_UNREACHABLE"],
    [200, "<html>", "HUB_UNREACHABLE"],
    [204, "", "HUB_UNREACHABLE"],
  ])("%i %j is %s", (status, body, code) => {
    expect(classify({ connected: true, answer: { status, body } }).code).toBe(code);
  });
});

test.each(['{"status":200,"payload":not json}', '{"status":200,"payload":}'])(
  "a device's payload that is not JSON spoils the hub's answer: %s",
  (body) => {
    expect(classify({ connected: true, error: new SyntaxError(), answer: { status: 200, body } })).toEqual({
      code: "DEVICE_REPLY_INVALID",
      reason: "reply-not-json",
      message: 'The device "pi" answered with status 200 and a payload that is not JSON.',
    });
  },
);

describe("no answer", () => {
  const failed = (code: string) => Object.assign(new Error("failed"), { code });

  test.each([
    ["ENOTFOUND", "DNS"],
    ["EAI_AGAIN", "DNS"],
    ["ECONNREFUSED", "nothing listens"],
    ["ETIMEDOUT", "firewall"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "--ca-file"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "--ca-file"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "--ca-file"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "another name"],
    ["CERT_NOT_YET_VALID", "clock"],
    ["EPROTO", "TLS"],
    ["EWHATEVER", "EWHATEVER"],
  ])("%s: the hub was not reached, and the message tells %s", (code, told) => {
    expect(classify({ error: failed(code) })).toMatchObject({
      code: "HUB_UNREACHABLE",
      reason: code,
      message: expect.stringContaining(told),
    });
  });

  test("of several addresses, the first failure is told", () => {
    const error = new AggregateError([failed("ECONNREFUSED"), failed("ENETUNREACH")]);
    expect(classify({ error }).reason).toBe("ECONNREFUSED");
  });

  test("before TLS stood, a limit that ran out is the network's", () => {
    expect(classify({ timedOut: true })).toMatchObject({
      code: "HUB_UNREACHABLE",
      reason: "timeout-connecting",
    });
  });

  test("after TLS stood, the device may have run the method", () => {
    expect(classify({ timedOut: true, connected: true })).toMatchObject({
      code: "DEVICE_SILENT",
      message: expect.stringContaining("may have run"),
    });
    expect(classify({ error: failed("ECONNRESET"), connected: true })).toMatchObject({
      code: "HUB_UNREACHABLE",
      message: expect.stringContaining("may have run"),
    });
  });

  test("a server that is not HTTP's", () => {
    expect(classify({ error: failed("HPE_INVALID_CONSTANT"), connected: true }).message).toContain("HTTP");
  });

  test.each(["thrown text", undefined, {}, new Error("no code")])("anything may be thrown: %s", (error) => {
    expect(classify({ error })).toMatchObject({ code: "HUB_UNREACHABLE" });
  });
});
