import { waitFor } from "@redis-operator/testbed";
import { expect } from "vitest";

/** Where a manager is asked. */
interface Asked {
  readonly url: string;
}

/** What a caller sees of an answer. */
export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/** A failure in the contract's JSON shape. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Sends one request. */
export async function ask({ url }: Asked, path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

/** Sends one POST; a value as its body goes as JSON without a `Content-Type`. */
export function post(manager: Asked, path: string, value?: unknown): Promise<Answer> {
  const body = value === undefined ? null : new TextEncoder().encode(JSON.stringify(value));
  return ask(manager, path, { method: "POST", body });
}

/** An answer of one line of plain text, as the contract has it. */
export function plainText(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body };
}

/** Reads an answer that must be an error in the contract's JSON shape, and nothing more. */
export function failureOf({ status, type, body }: Answer): Failure {
  expect(type).toBe("application/json");
  const parsed: { error: { code: string; message: string; requestId?: string } } = JSON.parse(body);
  const { code, message, requestId } = parsed.error;
  expect(parsed).toEqual({
    error: {
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.any(String),
      ...(requestId !== undefined && { requestId: expect.any(String) }),
    },
  });
  expect(message).not.toBe("");
  return { status, code, message };
}

/** Waits until a manager gives an answer. */
export async function comesToAnswer(manager: Asked, path: string, answer: Answer): Promise<void> {
  await waitFor(
    async () => {
      expect(await ask(manager, path)).toEqual(answer);
      return true;
    },
    { what: `${path} ${answer.status} ${answer.body}` },
  );
}

/** Waits until a manager answers a path with a status. @returns That answer. */
export function becomes(manager: Asked, path: string, status: number): Promise<Answer> {
  return waitFor(
    async () => {
      const answer = await ask(manager, path);
      return answer.status === status && answer;
    },
    { what: `${path} ${status}` },
  );
}

/** Waits until Redis takes traffic. */
export async function becomesReady(manager: Asked): Promise<void> {
  await becomes(manager, "/readyz", 200);
}
