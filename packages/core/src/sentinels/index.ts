export { askBootRole, type AskBootRoleOptions } from "./ask-boot-role.ts";
export { createResolveHost } from "./resolve-host.ts";
