import { TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import type { Context } from "hono";

/** Who sends a request, as far as the connection tells. */
export interface Caller {
  /** The address that it comes from; `undefined` once the connection is gone. */
  readonly address?: string;
  /** The name in a client certificate that the API's CA signed. */
  readonly certificate?: string;
}

/** What {@link listen} gives an app beside each request. */
export interface CallerBindings {
  readonly caller: Caller;
}

/** Reads who is at the other end of a connection. */
export function callerOf(socket: Socket): Caller {
  // On a socket that takes IPv6 and IPv4, the latter comes as ::ffff:10.0.0.7.
  const address = socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "");
  const certificate = socket instanceof TLSSocket ? verifiedName(socket) : undefined;
  return { ...(address !== undefined && { address }), ...(certificate !== undefined && { certificate }) };
}

function verifiedName(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const { fingerprint256, subject } = socket.getPeerCertificate();
  return [subject.CN].flat().join(",") || fingerprint256;
}

/** Who sends the request of this context; nothing is known of one that came by no connection. */
export function readCaller(context: Context): Caller {
  const env: unknown = context.env;
  return isCallerBindings(env) ? env.caller : {};
}

/** Who asks, as the fields of a log line: address, and name in the certificate. */
export function describeCaller(context: Context): Readonly<Record<string, string>> {
  const { address, certificate } = readCaller(context);
  return {
    ...(address !== undefined && { remoteAddress: address }),
    ...(certificate !== undefined && { certificate }),
  };
}

function isCallerBindings(env: unknown): env is CallerBindings {
  return typeof env === "object" && env !== null && "caller" in env;
}
