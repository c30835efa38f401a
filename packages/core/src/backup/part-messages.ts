/** The file that a reader's thread reads. */
export interface PartThreadFile {
  readonly fd: number;
}

/** What a reader's thread is told to do: fill so much of a buffer, or tell the checksum of the whole. */
export type PartOrder = { readonly buffer: SharedArrayBuffer; readonly length: number } | "finish";

/** What it answers: how much it has read, or at the end the checksum; or why it could not. */
export type PartReply =
  { readonly bytesRead: number; readonly checksumSha256?: string } | { readonly trouble: string };

// Both ends are of one build, so the rest of a message needs no look.

/** Tells a {@link PartThreadFile} from anything else. */
export function isPartThreadFile(value: unknown): value is PartThreadFile {
  return typeof value === "object" && value !== null && "fd" in value;
}

/** Tells a {@link PartOrder} from anything else. */
export function isPartOrder(value: unknown): value is PartOrder {
  return value === "finish" || (typeof value === "object" && value !== null && "buffer" in value);
}

/** Tells a {@link PartReply} from anything else. */
export function isPartReply(value: unknown): value is PartReply {
  return typeof value === "object" && value !== null && ("bytesRead" in value || "trouble" in value);
}
