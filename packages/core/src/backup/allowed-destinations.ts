import { InstanceError } from "../errors.ts";
import { trimSlashes } from "./object-key.ts";
import { describeStore, type S3Destination } from "./s3-destination.ts";

/** One place where objects may go. `undefined` stands for any. */
export interface AllowedDestination {
  /** Host of the endpoint with its port, the scheme's own left out; empty: AWS, when no endpoint is given. */
  readonly host: string | undefined;
  readonly bucket: string | undefined;
  /** The segments that the path begins with. */
  readonly prefix: readonly string[];
}

/**
 * Parses a list of destinations: `[endpoint-host]/bucket[/prefix]`, comma-separated, `*` for any in place of a part.
 * Blank entries are skipped.
 *
 * @throws SyntaxError that names the entry; also if there is none, since a list of nothing would allow nothing.
 */
export function parseAllowedDestinations(text: string): readonly AllowedDestination[] {
  const entries = text.split(",").map((entry) => entry.trim());
  const allowed = entries.filter((entry) => entry !== "").map(parseEntry);
  if (allowed.length === 0) throw new SyntaxError("expected at least one [endpoint-host]/bucket[/prefix]");
  return allowed;
}

/**
 * Requires that objects may go to a destination.
 *
 * @param options.allowed - Unset: anywhere.
 * @throws InstanceError `DESTINATION_NOT_ALLOWED`
 */
export function requireAllowedDestination(
  destination: S3Destination,
  { allowed }: { readonly allowed: readonly AllowedDestination[] | undefined },
): void {
  if (allowed === undefined || allowed.some((place) => isWithin(destination, place))) return;
  const { bucket, path } = destination;
  throw new InstanceError(
    "DESTINATION_NOT_ALLOWED",
    `the destination s3://${bucket}/${path} of ${describeStore(destination)} is not among those that this manager allows`,
  );
}

function isWithin({ endpoint, bucket, path }: S3Destination, place: AllowedDestination): boolean {
  const segments = toSegments(path);
  return (
    (place.host === undefined || place.host === readHost(endpoint)) &&
    (place.bucket === undefined || place.bucket === bucket) &&
    place.prefix.every((segment, index) => segment === segments[index])
  );
}

function readHost(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? "" : URL.parse(endpoint)?.host;
}

function parseEntry(entry: string): AllowedDestination {
  const [, host, bucket, prefix = ""] = /^([^/\s]*)\/([^/\s]+)(?:\/(.*))?$/.exec(entry) ?? [];
  if (host === undefined || bucket === undefined || !isHost(host)) {
    throw new SyntaxError(
      `expected [endpoint-host]/bucket[/prefix] without a scheme or its own port, not ${JSON.stringify(entry)}`,
    );
  }
  return {
    host: host === "*" ? undefined : host.toLowerCase(),
    bucket: bucket === "*" ? undefined : bucket,
    prefix: prefix === "*" ? [] : toSegments(prefix),
  };
}

// As the URL parser writes it, or it would never be equal to one; a scheme's own port (":443") is left out there.
function isHost(host: string): boolean {
  if (host === "" || host === "*") return true;
  return URL.parse(`http://${host}`)?.host === host.toLowerCase() && !host.endsWith(":443");
}

// Empty segments in the middle stay: objects under "a//b" do not lie under "a/b".
function toSegments(path: string): readonly string[] {
  const trimmed = trimSlashes(path);
  return trimmed === "" ? [] : trimmed.split("/");
}
