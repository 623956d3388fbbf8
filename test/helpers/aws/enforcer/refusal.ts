import { randomUUID } from "node:crypto";
import type { AskedAction } from "./read-request.ts";

/** An answer in the service's own form. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What a service answers when no policy allows the call: each protocol has its own form and its own words. */
export function accessDenied(service: string, user: string, { action, resource }: AskedAction, why: string): Refusal {
  const on = resource === "*" ? "" : ` on resource: ${resource}`;
  const message = `User: ${user} is not authorized to perform: ${action}${on} because ${why}`;
  return refusal(service, 403, service === "lambda" ? "AccessDeniedException" : "AccessDenied", message);
}

/** A key that the service does not know. */
export function unknownKey(service: string): Refusal {
  if (service === "s3")
    return refusal(
      service,
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  const code = service === "lambda" ? "UnrecognizedClientException" : "InvalidClientTokenId";
  return refusal(service, 403, code, "The security token included in the request is invalid.");
}

export function refusal(service: string, status: number, code: string, message: string): Refusal {
  const id = randomUUID();
  if (service === "lambda")
    return {
      status,
      headers: { "content-type": "application/json", "x-amzn-errortype": code, "x-amzn-requestid": id },
      body: JSON.stringify({ Type: "User", Message: message, message }),
    };
  const headers = { "content-type": service === "s3" ? "application/xml" : "text/xml", "x-amz-request-id": id };
  const error = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
  const body =
    service === "s3"
      ? `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${error}<RequestId>${id}</RequestId></Error>`
      : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>${id}</RequestId></ErrorResponse>`;
  return { status, headers, body };
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);
}
