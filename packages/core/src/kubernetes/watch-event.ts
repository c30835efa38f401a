import { InstanceError } from "../errors.ts";
import { readFields } from "./fields.ts";
import { ApiRefusal, describeStatus } from "./refusal.ts";
import { parseJson } from "./reply.ts";

/** One event of a watch. A `BOOKMARK` changes nothing; its object holds only how far the watch has come. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: unknown;
  /** From where a later watch goes on; `undefined` if the event doesn't say. */
  readonly resourceVersion: string | undefined;
}

/**
 * Parses one line of a watch.
 *
 * @throws ApiRefusal for an `ERROR` event, with the status that it names: 410 if the watch can't go on from where it was
 * asked to. InstanceError `KUBERNETES_REPLY_INVALID` if it is no event.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function parseWatchEvent(line: string): WatchEvent {
  const event = readFields(parseJson(line), "a line of the watch");
  const type = event.string("type");
  const object = event.value("object");
  if (type === "ERROR") {
    const code = event.value("object.code");
    throw new ApiRefusal(typeof code === "number" ? code : 0, describeStatus(object));
  }
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED" && type !== "BOOKMARK") {
    throw new InstanceError("KUBERNETES_REPLY_INVALID", "a line of the watch is no event");
  }
  return { type, object, resourceVersion: event.string("object.metadata.resourceVersion") };
}
