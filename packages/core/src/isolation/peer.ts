import { isIP, isIPv6 } from "node:net";
import { isOwnAddress } from "../replication/own-address.ts";

/** Another instance's manager. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

/** How this instance's own manager can be named, so that it isn't taken for a peer: it would always answer. */
export interface OwnManager {
  readonly podName: string | undefined;
  readonly ipAddresses: readonly string[];
  readonly port: number;
}

/**
 * Parses a list of peers: `host[:port]`, comma-separated, IPv6 addresses in brackets. Blank entries are skipped.
 *
 * @param options.defaultPort - Of an entry without one.
 * @throws SyntaxError that names the entry.
 */
export function parsePeers(text: string, { defaultPort }: { readonly defaultPort: number }): readonly Peer[] {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "").map((entry) => parsePeer(entry, { defaultPort }));
}

/** Parses one `host[:port]`, an IPv6 address in brackets. @throws SyntaxError that names it. */
export function parsePeer(text: string, { defaultPort }: { readonly defaultPort: number }): Peer {
  const [, bracketed, name, digits] = /^(?:\[([^\]]*)\]|([\w.-]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  const isHost = bracketed === undefined ? name !== undefined : isIPv6(bracketed);
  if (host === undefined || !isHost || port < 1 || port > 65_535) {
    throw new SyntaxError(
      `expected host[:port] with an IPv6 address in brackets, not ${JSON.stringify(text)}`,
    );
  }
  return { host, port };
}

/** Tells whether a peer is this instance itself: the pod's name or one of its DNS names, or its address and port. */
export function isOwnManager(peer: Peer, own: OwnManager): boolean {
  if (isIP(peer.host) !== 0) return isOwnAddress(peer, own);
  return own.podName !== undefined && peer.host.split(".", 1)[0] === own.podName;
}
