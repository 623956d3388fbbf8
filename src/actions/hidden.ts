import type { AwsSession } from "../io/aws/session.ts";
import { UserError } from "../model/errors.ts";
import { createMask } from "../util/mask.ts";

/**
 * Does what is to be done with a session, hides its credentials in the answer or the error, and closes it: services repeat
 * parts of a request in their messages.
 *
 * @param secrets what else must not be shown
 */
export async function hidden<T>(session: AwsSession, secrets: readonly string[], work: () => Promise<T>): Promise<T> {
  const mask = createMask();
  mask.add(secrets);
  try {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = await session.identity();
    mask.add([accessKeyId, secretAccessKey, sessionToken]);
    return mask.deep(await work());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.refusal, mask.deep(error.findings), { cause: error.cause });
  } finally {
    session.close();
  }
}
