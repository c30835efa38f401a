import { routes } from "./contract/routes.ts";
import { instanceStatusSchema } from "./contract/status.ts";
import type { InstanceStatus } from "./contract/types.ts";
import type { RepeatableCallOptions } from "./http/call-options.ts";
import type { Caller } from "./http/caller.ts";
import { jsonReader } from "./http/reply.ts";

/** Asks an instance for its status. @throws ManagerError */
export function askStatus(
  caller: Caller,
  callOptions: RepeatableCallOptions | undefined,
): Promise<InstanceStatus> {
  return caller({ route: routes.status, accept: "application/json", read: readStatus }, callOptions);
}

/** Reads the status that a reply holds. @throws ManagerRefusedError, ReplyNotUnderstoodError */
export const readStatus = jsonReader({ schema: instanceStatusSchema });
