/** What the service answers instead of a result. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
    this.status = status;
  }
}

/** The code that nearly everything wrong with a request has. */
export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}
