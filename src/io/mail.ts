import { percentDecoded } from "../util/percent.ts";
import type { Try } from "./deliver.ts";

/** A mail in plain text. */
export interface Mail {
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
}

/**
 * Gives a mail to a server once. `smtps:` is TLS from the beginning; over `smtp:` a password is sent only after STARTTLS,
 * but to this machine itself. Certificates are verified. A server's "try later" (4xx) may be tried again, its "no" not.
 *
 * @param server `smtp://user:password@host:587` or `smtps://…`.
 */
export async function mailOnce(server: string, mail: Mail, signal: AbortSignal): Promise<Try> {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport(transportOptions(new URL(server)));
  // Closing the transport alone leaves a connection that is being made to its own limits.
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = () => {
      transport.close();
      reject(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  const sending = transport.sendMail({
    from: mail.from,
    to: [...mail.to],
    subject: mail.subject,
    text: mail.text,
    // So that no out-of-office note answers it.
    headers: { "auto-submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  sending.catch(() => {});
  try {
    const { rejected } = await Promise.race([sending, aborted]);
    if (rejected.length === 0) return { sent: true };
    const message = `the mail server took it, but not for ${rejected.length} of ${mail.to.length} receivers`;
    return { sent: false, message, again: false };
  } catch (error) {
    const { responseCode, code } = error as { responseCode?: number; code?: string };
    if (signal.aborted || !(error instanceof Error)) throw error;
    const refused = responseCode !== undefined ? responseCode >= 500 : refusals.has(code ?? "");
    return { sent: false, message: error.message.split("\n")[0] ?? "", again: !refused };
  } finally {
    transport.close();
  }
}

/** Errors of nodemailer that another try does not mend: a login or an address that is refused, no STARTTLS where it is due. */
const refusals = new Set(["EAUTH", "ENOAUTH", "EENVELOPE", "EMESSAGE", "ETLS"]);

/** Below the limit of a try, so that the connection is gone when it has passed. Milliseconds. */
const connectionLimit = 9_000;

function transportOptions(address: URL) {
  const secure = address.protocol === "smtps:";
  const user = percentDecoded(address.username);
  return {
    host: address.hostname.replace(/^\[|\]$/g, ""),
    port: address.port === "" ? (secure ? 465 : 587) : Number(address.port),
    secure,
    requireTLS: !secure && user !== "" && !isLoopback(address.hostname),
    ...(user === "" ? {} : { auth: { user, pass: percentDecoded(address.password) } }),
    connectionTimeout: connectionLimit,
    greetingTimeout: connectionLimit,
    socketTimeout: connectionLimit,
    dnsTimeout: connectionLimit,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
