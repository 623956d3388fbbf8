import type { RequestContext } from "../../../../src/iam/policy.ts";
import type { Wire } from "../wire.ts";
import { lambdaAction } from "./lambda.ts";
import { cloudformationAction, iamAction, stsAction } from "./query.ts";
import { s3Action } from "./s3.ts";

/** A request as it comes in. */
export interface Incoming {
  method: string;
  /** Decoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

/** Who asks, and whom: as the signature says. */
export interface Signed {
  accessKeyId: string;
  region: string;
  /** The service's name in the signature: `lambda`, `s3`. */
  service: string;
}

/** Who stands behind a key. */
export interface Principal {
  /** Of the user or role. */
  arn: string;
  account: string;
}

/** What a request does, as IAM sees it. */
export interface AskedAction {
  action: string;
  resource: string;
  /** Context keys beyond those that every request has. */
  context?: Record<string, string[]>;
  /** No policy is asked: the service lets everybody do it. */
  free?: true;
}

/** A request with its parts taken apart. */
export function incomingOf({ method, path, headers, body }: Wire): Incoming {
  const { pathname, searchParams: query } = new URL(path, "http://127.0.0.1");
  return { method, path: decodeURIComponent(pathname), query, headers, body: body.toString("utf8") };
}

/** Which action on which resource a request is; null for one that is not known here, and that nobody may let pass. */
export function actionOf(request: Incoming, signed: Signed, principal: Principal): AskedAction | null {
  const where = { ...principal, region: signed.region };
  switch (signed.service) {
    case "s3":
      return s3Action(request);
    case "lambda":
      return lambdaAction(request, where);
    case "sts":
      return stsAction(new URLSearchParams(request.body));
    case "iam":
      return iamAction(new URLSearchParams(request.body), where);
    case "cloudformation":
      return cloudformationAction(new URLSearchParams(request.body), where);
    default:
      return null;
  }
}

/** What every request has, and nothing else: a key that is not here is absent. */
export function contextOf(
  signed: Pick<Signed, "service" | "region">,
  principal: Principal,
  more: Record<string, string[]> = {},
): RequestContext {
  const user = /:user\/(?:.*\/)?([^/]+)$/.exec(principal.arn)?.[1];
  return {
    complete: true,
    values: {
      // IAM's only endpoint lies there.
      "aws:RequestedRegion": [signed.service === "iam" ? "us-east-1" : signed.region],
      "aws:PrincipalArn": [principal.arn],
      "aws:PrincipalAccount": [principal.account],
      "aws:PrincipalType": [user === undefined ? "AssumedRole" : "User"],
      "aws:SecureTransport": ["false"],
      "aws:ViaAWSService": ["false"],
      ...(user === undefined ? {} : { "aws:username": [user] }),
      ...more,
    },
  };
}
