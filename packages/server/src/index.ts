export { type AppOptions, createApp } from "./app.ts";
export { commonVariables } from "./common-variables.ts";
export { EnvironmentError, flag, parseEnvironment, parsedBy, port } from "./environment.ts";
export { type HttpServer, listen, type ListenOptions } from "./listen.ts";
export { createLogger, type LoggerOptions, type LogLevel } from "./logger.ts";
export { type ErrorReply, errorReply, textReply } from "./reply.ts";
export { runMain, type StopRequest } from "./run-main.ts";
