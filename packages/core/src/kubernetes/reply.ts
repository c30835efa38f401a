import type { IncomingMessage } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { InstanceError } from "../errors.ts";

// A resource is at most 1.5 MiB in etcd; a page of our pod list stays below this too.
const limitBytes = 4 * 1024 * 1024;

/** Reads a whole body as text. @throws InstanceError `KUBERNETES_REPLY_INVALID` if it exceeds 4 MiB. */
export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of response) {
    const chunk: Buffer = piece;
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge("the reply");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Reads a body line by line as it comes, without blank lines.
 *
 * @throws InstanceError `KUBERNETES_REPLY_INVALID` if a line exceeds 4 MiB.
 */
export async function* readLines(response: IncomingMessage): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder();
  let rest = "";
  for await (const piece of response) {
    const chunk: Buffer = piece;
    const [first = "", ...others] = decoder.write(chunk).split("\n");
    rest += first;
    if (rest.length > limitBytes) throw tooLarge("a line of the reply");
    for (const next of others) {
      if (rest.trim() !== "") yield rest;
      rest = next;
    }
  }
  if (rest.trim() !== "") yield rest;
}

/** The value of a JSON text; `undefined` if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tooLarge(what: string): InstanceError {
  return new InstanceError("KUBERNETES_REPLY_INVALID", `${what} exceeds ${limitBytes} bytes`);
}
