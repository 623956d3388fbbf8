import { randomUUID } from "node:crypto";
import { writeError } from "./cloudformation/answer.ts";
import type { Answer } from "./wire.ts";

/** What a service refuses with: its code, its words and its HTTP status. */
export interface Refusal {
  code: string;
  message: string;
  status: number;
}

/** Refusals that every service has, under names of its own. */
export type CommonRefusal = "Throttling" | "ExpiredToken" | "AccessDenied" | "InternalFailure" | "UnknownKey";

/** What a service calls a common refusal. Source: the error references of S3, Lambda, Secrets Manager and the query services. */
export function commonRefusal(service: string, kind: CommonRefusal): Refusal {
  const protocol = protocolOf(service);
  const [code, status] = codes[kind][protocol];
  return { code, status, message: words[kind] };
}

/** A refusal in the words of the service's protocol. */
export function writeRefusal(service: string, refusal: Refusal): Answer {
  const protocol = protocolOf(service);
  const { code, message, status } = refusal;
  if (protocol === "query")
    return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(writeError(refusal)) };
  if (protocol === "s3") {
    const inner = `<Code>${code}</Code><Message>${message}</Message><RequestId>${randomUUID()}</RequestId>`;
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}</Error>`;
    return { status, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
  }
  const type = protocol === "rest" ? "application/json" : "application/x-amz-json-1.1";
  const headers = { "content-type": type, "x-amzn-errortype": code };
  return { status, headers, body: Buffer.from(JSON.stringify({ __type: code, message, Message: message })) };
}

type Protocol = "query" | "s3" | "rest" | "json";

function protocolOf(service: string): Protocol {
  if (service === "s3") return "s3";
  if (service === "lambda") return "rest";
  return ["cloudformation", "sts", "iam"].includes(service) ? "query" : "json";
}

const codes: Readonly<Record<CommonRefusal, Readonly<Record<Protocol, readonly [string, number]>>>> = {
  Throttling: {
    query: ["Throttling", 400],
    s3: ["SlowDown", 503],
    rest: ["TooManyRequestsException", 429],
    json: ["ThrottlingException", 400],
  },
  ExpiredToken: {
    query: ["ExpiredToken", 403],
    s3: ["ExpiredToken", 400],
    rest: ["ExpiredTokenException", 403],
    json: ["ExpiredTokenException", 400],
  },
  AccessDenied: {
    query: ["AccessDenied", 403],
    s3: ["AccessDenied", 403],
    rest: ["AccessDeniedException", 403],
    json: ["AccessDeniedException", 400],
  },
  InternalFailure: {
    query: ["InternalFailure", 500],
    s3: ["InternalError", 500],
    rest: ["ServiceException", 500],
    json: ["InternalServiceError", 500],
  },
  UnknownKey: {
    query: ["InvalidClientTokenId", 403],
    s3: ["InvalidAccessKeyId", 403],
    rest: ["UnrecognizedClientException", 403],
    json: ["UnrecognizedClientException", 400],
  },
};

const words: Readonly<Record<CommonRefusal, string>> = {
  Throttling: "Rate exceeded",
  ExpiredToken: "The security token included in the request is expired",
  AccessDenied: "Access Denied",
  InternalFailure: "The request processing has failed because of an unknown error, exception or failure.",
  UnknownKey: "The security token included in the request is invalid.",
};
