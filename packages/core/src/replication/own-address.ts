import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** A Redis as `REPLICAOF` names it. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Under which addresses and which port this instance is reached. */
export interface OwnAddress {
  readonly ipAddresses: readonly string[];
  readonly port: number;
}

/**
 * The IP addresses under which this host's own processes are reached: every interface's, beside those given
 * (a pod's address may be unknown to its interfaces behind some network plugins).
 */
export function readOwnIpAddresses(known: readonly string[]): readonly string[] {
  const ofInterfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [...known, ...ofInterfaces.map(({ address }) => address)].filter((address) => isIP(address) !== 0);
}

/**
 * Tells whether an address is the instance itself: its port on loopback or on one of its own IP addresses, in any
 * notation (`::ffff:10.0.0.7` is `10.0.0.7`). A Redis that replicates from itself is left read-only.
 */
export function isOwnAddress(target: RedisAddress, own: OwnAddress): boolean {
  // A name is somebody else's: nobody here makes an instance follow itself by name.
  if (target.port !== own.port || isIP(target.host) === 0) return false;
  const ownAddresses = new BlockList();
  ownAddresses.addSubnet("127.0.0.0", 8, "ipv4");
  ownAddresses.addAddress("::1", "ipv6");
  for (const address of own.ipAddresses) ownAddresses.addAddress(address, familyOf(address));
  return ownAddresses.check(target.host, familyOf(target.host));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
