import * as z from "zod";
import { defaultRedisPort } from "./routes.ts";

const outOfRange = "must be in 1..65535";

// Number() alone takes "", " 80", "1e3" and "0x50".
const digits = z.string().regex(/^\d+$/, "must be a whole number in digits").transform(Number);

const force = z
  .enum(["true", "false"], "must be true or false")
  .transform((text) => text === "true")
  .exactOptional();

/**
 * Query of `POST /v1/promote`: what must hold, or the instance stays what it is and answers 412.
 * An unknown parameter is refused, since a misspelt precondition would promote unconditionally.
 */
export const promoteQuerySchema = z.strictObject({
  /** The lowest replication offset that the instance may have. */
  minOffset: digits.pipe(z.int("must be at most 2^53 - 1")).exactOptional(),
  /** The replication id that the instance must have. */
  replicationId: z.string().min(1, "must not be empty").exactOptional(),
  /** Extension: promotes also an instance that would lose the data set by it. The preconditions hold all the same. */
  force,
});

/** Query of `POST /v1/demote`: the primary to follow. */
export const demoteQuerySchema = z.object({
  /** IPv4 or IPv6 address of the primary, without brackets. */
  primaryIP: z
    .string("must be an IP address")
    .refine(isIpAddress, { error: "must be an IP address", abort: true })
    .refine((address) => isUnicastAddress(address), "must be the address of one host"),
  /** Its Redis port. */
  port: digits.pipe(z.int().min(1, outOfRange).max(65_535, outOfRange)).default(defaultRedisPort),
  /** Extension: follows it without asking it whether it is a primary. */
  force,
});

function isIpAddress(text: string): boolean {
  return z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;
}

// A Redis that follows the unspecified address connects to itself, one that follows a group or everyone to nobody, and both
// are left read-only. URL brings every spelling of an address into one.
function isUnicastAddress(address: string): boolean {
  const host = new URL(`http://${address.includes(":") ? `[${address}]` : address}`).hostname;
  const isUnspecified = ["0.0.0.0", "[::]", "[::ffff:0:0]"].includes(host);
  const isMulticast =
    /^(22[4-9]|23\d)\./.test(host) || host.startsWith("[ff") || /^\[::ffff:e[0-9a-f]{3}:/.test(host);
  return !isUnspecified && !isMulticast && host !== "255.255.255.255" && host !== "[::ffff:ffff:ffff]";
}
