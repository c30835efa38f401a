// What a manager takes; it gives any other request an id of its own. Spaces at the ends are no part of a header.
const acceptedId = /^(?! )[\x20-\x7e]{1,128}(?<! )$/;

/**
 * Returns an id that a manager takes for the request's.
 *
 * @throws TypeError for any other.
 */
export function requireRequestId(requestId: string): string {
  if (acceptedId.test(requestId)) return requestId;
  throw new TypeError(`request id ${JSON.stringify(requestId)}: must be 1 to 128 printable ASCII characters`);
}

/** Reads the id that a reply bears; `undefined` for none, and for one that no manager gives. */
export function parseRequestId(header: string | null): string | undefined {
  return header !== null && acceptedId.test(header) ? header : undefined;
}
