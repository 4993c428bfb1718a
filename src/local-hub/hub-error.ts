/**
 * The error codes of the service that this hub can answer: the name goes into the body and the `iothub-errorcode`
 * header, the status is the HTTP status. Names and numbers: learn.microsoft.com, "IoT Hub REST: common error codes" and
 * "Troubleshoot Azure IoT Hub error codes".
 */
export const SERVICE_ERRORS = {
  InvalidProtocolVersion: { status: 400, number: 400001 },
  ArgumentInvalid: { status: 400, number: 400004 },
  ArgumentNull: { status: 400, number: 400005 },
  IotHubFormatError: { status: 400, number: 400006 },
  DeviceDefinedMultipleTimes: { status: 400, number: 400011 },
  InvalidDeviceScope: { status: 400, number: 400028 },
  InvalidDigitalTwinJsonPatch: { status: 400, number: 400505 },
  InvalidDigitalTwinPayload: { status: 400, number: 400506 },
  InvalidDigitalTwinPatchPath: { status: 400, number: 400508 },
  IotHubUnauthorizedAccess: { status: 401, number: 401002 },
  IotHubUnauthorized: { status: 401, number: 401003 },
  SystemModuleModifyUnauthorizedAccess: { status: 401, number: 401100 },
  DeviceMaximumQueueDepthExceeded: { status: 403, number: 403004 },
  OperationNotAvailableInCurrentTier: { status: 403, number: 403010 },
  DeviceDisabled: { status: 403, number: 403012 },
  DeviceModelMaxPropertiesExceeded: { status: 403, number: 403100 },
  DeviceNotFound: { status: 404, number: 404001 },
  JobNotFound: { status: 404, number: 404002 },
  ModuleNotFound: { status: 404, number: 404010 },
  FeatureNotSupported: { status: 404, number: 404013 },
  DeviceNotOnline: { status: 404, number: 404103 },
  ConfigurationNotFound: { status: 404, number: 404301 },
  ResourceNotFound: { status: 404, number: 404000 },
  DeviceAlreadyExists: { status: 409, number: 409001 },
  JobAlreadyExists: { status: 409, number: 409002 },
  ModuleAlreadyExistsOnDevice: { status: 409, number: 409301 },
  PreconditionFailed: { status: 412, number: 412001 },
  DeviceMessageLockLost: { status: 412, number: 412002 },
  MessageTooLarge: { status: 413, number: 413001 },
  TooManyDevices: { status: 413, number: 413002 },
  TooManyModulesOnDevice: { status: 413, number: 413003 },
  ThrottlingException: { status: 429, number: 429001 },
  ThrottlingMaxActiveJobCountExceeded: { status: 429, number: 429004 },
  ServerError: { status: 500, number: 500001 },
  InvalidResponseWhileProxying: { status: 502, number: 502001 },
  ServiceUnavailable: { status: 503, number: 503001 },
  GatewayTimeout: { status: 504, number: 504101 },
} as const;

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

/** An error the hub answers to a caller of its service face, in the service's terms; the message holds no secret. */
export class HubError extends Error {
  /** With the code, as Node writes its own: to a person who reads a stack, the service's message alone is often but an id. */
  override readonly name: string;
  readonly code: ServiceErrorCode;
  /** After how many milliseconds the caller may try again, where the hub knows. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ServiceErrorCode, message: string, options: { retryAfterMs?: number } = {}) {
    super(message);
    this.name = `HubError [${code}]`;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return SERVICE_ERRORS[this.code].status;
  }

  /** The service's own six digits. */
  get number(): number {
    return SERVICE_ERRORS[this.code].number;
  }
}
