import { allPages } from "./ask.ts";
import type { AwsSession } from "./session.ts";

/** A stack as lists tell of it. */
export interface ListedStack {
  name: string;
  status: string;
  /** ISO 8601. */
  changedAt: string;
  /** The stack that it is part of; null for one that stands alone. */
  parent: string | null;
}

/** All stacks of the account and region that were not deleted. Throws what the SDK throws. */
export async function listStacks(session: AwsSession, signal: AbortSignal): Promise<ListedStack[]> {
  const { sdk, client } = await session.open("cloudformation");
  const pages = sdk.paginateDescribeStacks({ client }, {}, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.Stacks);
  return listed
    .filter(({ StackStatus }) => StackStatus !== "DELETE_COMPLETE")
    .map(({ StackName = "", StackStatus = "", ParentId, LastUpdatedTime, CreationTime }) => ({
      name: StackName,
      status: StackStatus,
      changedAt: (LastUpdatedTime ?? CreationTime)?.toISOString() ?? "",
      parent: ParentId ?? null,
    }));
}

/** The names of all layers of the account and region that still have a version. Throws what the SDK throws. */
export async function listLayers(session: AwsSession, signal: AbortSignal): Promise<string[]> {
  const { sdk, client } = await session.open("lambda");
  const pages = sdk.paginateListLayers({ client }, {}, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.Layers);
  return listed.flatMap(({ LayerName }) => LayerName ?? []);
}

export interface ListedBucket {
  name: string;
  /** Null: the service does not say. */
  region: string | null;
}

/** All buckets of the account, whatever their region. Throws what the SDK throws. */
export async function listBuckets(session: AwsSession, signal: AbortSignal): Promise<ListedBucket[]> {
  const { sdk, client } = await session.open("s3");
  // Without a page's size the service gives no regions.
  const pages = sdk.paginateListBuckets({ client, pageSize: 1000 }, {}, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.Buckets);
  return listed.map(({ Name = "", BucketRegion }) => ({ name: Name, region: BucketRegion ?? null }));
}
