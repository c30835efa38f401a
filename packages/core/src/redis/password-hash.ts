import { createHash } from "node:crypto";

/** The form in which Redis keeps and lists passwords, SHA-256 in hex: `#…` adds one to an ACL user, `!…` removes it. */
export function hashPassword(password: string): string {
  return createHash("sha256").update(password).digest("hex");
}
