import type { Asked } from "../../model/asked.ts";
import { UserError } from "../../model/errors.ts";
import { awsProblem } from "./errors.ts";

/** What services answer where a policy does not allow the call; other refusals are about the credentials themselves. */
const notAllowed = /: (AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|Forbidden|403): /;

/**
 * Makes one call that reads, and gives its answer or why there is none.
 *
 * @param permission what IAM calls it, such as `s3:ListAllMyBuckets`: named where the identity lacks it
 */
export async function ask<T>(permission: string, call: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { state: "read", value: await call() };
  } catch (error) {
    const { code, message: reason } =
      error instanceof UserError ? { code: error.code, message: error.message } : awsProblem(permission, error);
    return { state: "unknown", code, reason, ...(notAllowed.test(reason) ? { permission } : {}) };
  }
}

/** More pages than any account has: a service that always names a next one must not be asked for ever. */
const mostPages = 5000;

/** Every item of all pages of the SDK's own paginator. */
export async function allPages<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []));
    count += 1;
    if (count === mostPages) throw new Error(`the list has more than ${mostPages} pages, or no end`);
  }
  return items;
}

/** An error's name as the service gave it, for answers that are no failure, such as `NoSuchEntity`. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
