/** An error as it goes over the wire. The message is sent as it stands, so it holds no secret and no stack. */
export interface ErrorReply {
  readonly status: number;
  /** Stable, in upper snake case. */
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The contract's error body, `{"error":{"code","message"}}`, as JSON.
 *
 * @param requestId - Stands in it too, for whoever keeps the body alone.
 */
export function errorReply({ status, code, message, headers }: ErrorReply, requestId?: string): Response {
  return new Response(JSON.stringify({ error: { code, message, requestId } }), {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
}

/**
 * A line of plain text without a trailing newline: the answers of the probes, `promoted` and `demoted`.
 *
 * Hono's own `c.text` writes `UTF-8` in capitals; the contract has it in lower case.
 */
export function textReply(
  text: string,
  { status, headers }: { readonly status: number; readonly headers?: Readonly<Record<string, string>> },
): Response {
  return new Response(text, { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } });
}
