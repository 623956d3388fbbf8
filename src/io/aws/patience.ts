/**
 * How long a service may give no sign of life: before it takes a connection, and then on it. Milliseconds. The SDK itself waits
 * for ever; its `requestTimeout` is no help, since it only prints a warning, or else ends an upload that takes long.
 */
export const patience = { connectionTimeout: 10_000, socketTimeout: 60_000 };

export type Patience = Readonly<typeof patience>;
