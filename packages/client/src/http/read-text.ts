/** The part of a byte stream that is read. No more, so that the stream types of every platform's fetch fit. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ readonly done: false; readonly value: Uint8Array } | { readonly done: true }>;
    cancel(): Promise<void>;
  };
}

/** The text of a body, as far as it was read. */
export interface BodyText {
  readonly text: string;
  /** False if the body was larger than allowed and its rest was given up. */
  readonly isComplete: boolean;
}

/** Reads a UTF-8 body up to `maxBytes`, and gives up the connection rather than read more. */
export async function readText(body: ByteStream | null, maxBytes: number): Promise<BodyText> {
  if (body === null) return { text: "", isComplete: true };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  let text = "";
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done) return { text: text + decoder.decode(), isComplete: true };
    sizeBytes += chunk.value.byteLength;
    if (sizeBytes > maxBytes) {
      await reader.cancel();
      return { text, isComplete: false };
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
}
