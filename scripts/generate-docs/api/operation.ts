import type { ErrorCode, routes } from "@redis-operator/client/contract";
import type * as z from "zod";
import type { ComponentName } from "./components.ts";

/** What is said of one route, beyond what its schemas and the table of error codes say. */
export interface Operation {
  readonly tag: keyof typeof tags;
  /** A few words. */
  readonly summary: string;
  readonly description: string;
  readonly query?: Parameters;
  readonly path?: Parameters;
  /** Parameters that no schema knows, since any value of them does. */
  readonly flags?: readonly TextParameter[];
  readonly headers?: readonly TextParameter[];
  readonly requestBody?: { readonly component: ComponentName; readonly example: unknown };
  /** Every reply but the errors. */
  readonly replies: readonly Reply[];
  readonly errors: Errors;
  /** A command that works as it stands, but for the pod's address. */
  readonly curl: string;
}

/** The parameters of one schema, described by the docstrings of its constant. */
export interface Parameters {
  readonly schema: z.ZodObject;
  readonly constant: string;
}

/** A text in the query, or in a header of a request or a reply. */
export interface TextParameter {
  readonly name: string;
  readonly description: string;
  readonly example: string;
}

/** One reply with its bodies. */
export interface Reply {
  readonly status: number;
  readonly description: string;
  /** Examples of a body in plain text. */
  readonly text?: readonly string[];
  /** In place of `text/plain; charset=utf-8`. */
  readonly textType?: string;
  readonly json?: { readonly component: ComponentName | undefined; readonly example: unknown };
  readonly headers?: readonly TextParameter[];
}

/** What can go wrong on one route. */
export interface Errors {
  /** Plain text: what the two probes answer. */
  readonly form: "json" | "text";
  /** Beside those that every route has. */
  readonly codes: readonly ErrorCode[];
  /** Codes that have another status here than elsewhere. */
  readonly statuses?: Partial<Readonly<Record<ErrorCode, number>>>;
}

/** Every route with what is said of it. */
export type Operations = Readonly<Record<keyof typeof routes, Operation>>;

/** What routes are grouped by. */
export const tags = {
  probes:
    "Asked by the kubelet and by peers. A sentinel manager has `/healthz` and `/readyz`, in plain text, and nothing else.",
  replication: "The role of one instance.",
  backups: "Backups to S3, and what becomes of them.",
  observation: "Metrics, and this description.",
} as const;

/** On every request that changes something. */
export const requestIdHeader: TextParameter = {
  name: "X-Request-Id",
  description:
    "The caller's own id of the request: printable ASCII, at most 128 characters; anything else is replaced by a new one. It stands in the manager's log beside what was done.",
  example: "reconcile-8f3c",
};

/** On every reply to such a request. */
export const requestIdReplyHeader: TextParameter = {
  name: requestIdHeader.name,
  description: "The caller's id of the request, or a new one; an error's body has it too.",
  example: requestIdHeader.example,
};

/** What Redis itself can answer, or fail to. */
export const redisCodes = [
  "REDIS_UNREACHABLE",
  "REDIS_TIMED_OUT",
  "REDIS_LOADING",
  "REDIS_BUSY",
  "REDIS_AUTH_FAILED",
  "REDIS_COMMAND_FAILED",
  "REDIS_REPLY_INVALID",
] as const satisfies readonly ErrorCode[];
