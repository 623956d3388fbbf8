import type { Code } from "../../model/codes.ts";
import { type Refusal, UserError, userError } from "../../model/errors.ts";

/** What an AWS call that failed means, whatever the service. */
export interface AwsProblem {
  code: Code;
  /** With the call's name in front, and the service's own words. */
  message: string;
  /** The service's own word for it, such as `ValidationError`. */
  name: string;
  fix?: string;
}

interface SdkError {
  name?: string;
  message?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

const expired = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired|ExpiredIdToken\w*)$/;
const denied =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|Forbidden|403|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|AuthFailure)$/;
const throttled =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|SlowDown|BandwidthLimitExceeded|LimitExceededException)$/;
/** Of a signature that does not match, services repeat the whole request: the session's token is in it. */
const requestRepeated = /The Canonical String for this request should have been[\s\S]*/;
const noWay = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)$/;

/**
 * Reads what the SDK threw. The names are those of the services' API references ("Common errors") and of Node's network
 * errors; every other failure keeps the service's own name and words.
 */
export function awsProblem(call: string, error: unknown, otherwise: Code = "aws-failed"): AwsProblem {
  const { name = "Error", message = String(error), code, $metadata } = (error ?? {}) as SdkError;
  const said = message.replace(requestRepeated, "").replace(/\s+/g, " ").trim().slice(0, 600) || name;
  const problem = (of: Code, words: string, fix?: string): AwsProblem => ({
    code: of,
    name,
    message: `${call}: ${words}`,
    ...(fix === undefined ? {} : { fix }),
  });
  if (expired.test(name))
    return problem("aws-expired", `the credentials have expired (${name})`, "renew them, and run it again");
  if (denied.test(name) || (code === undefined && $metadata?.httpStatusCode === 403))
    return problem("aws-denied", refusalOf(name, said), "landfall policy ENVIRONMENT --check names what is missing");
  if (throttled.test(name)) return problem("aws-throttled", `${name}: ${said}, also after several tries`);
  if (noWay.test(code ?? "") || noWay.test(name)) return problem("aws-unreachable", `${code ?? name}: ${said}`);
  if (name === "CredentialsProviderError" || name === "TokenProviderError")
    return problem("aws-no-credentials", said, "log in, name a profile, or give the job an identity");
  if (name === "SyntaxError")
    return problem("aws-failed", `the answer is none of the service's (${said}); is the endpoint right?`);
  return problem(otherwise, name === "Error" ? said : `${name}: ${said}`);
}

/** The answer to a HEAD request has no words: the SDK then makes up a name. */
function refusalOf(name: string, said: string): string {
  return /^Unknown/.test(name) ? "refused (403), and the service says no more" : `${name}: ${said}`;
}

/** The same as an error that a verb ends with. One that is a UserError already stays what it is. */
export function awsError(call: string, error: unknown, otherwise?: Code, refusal: Refusal = "blocked"): UserError {
  if (error instanceof UserError) return error;
  const { code, message, fix } = awsProblem(call, error, otherwise);
  return userError(refusal, code, message, fix === undefined ? {} : { fix });
}
