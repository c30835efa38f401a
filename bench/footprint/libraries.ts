// What the instance manager loads of others, and nothing of its own: the part of its footprint that stays whatever it does.
import { createServer } from "node:http";
import { request } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { Redis } from "ioredis";
import { pino } from "pino";
import { Registry } from "prom-client";
import * as z from "zod";

const app = new Hono();
app.get("/healthz", (context) => context.text("ok"));
const answer = getRequestListener(app.fetch);
createServer((incoming, outgoing) => void answer(incoming, outgoing)).listen(
  z.coerce.number().parse(process.env["HTTP_PORT"]),
  "127.0.0.1",
);
// Held, so that none is dropped from the bundle.
Object.assign(globalThis, { held: [new Registry(), pino(), Redis, request] });
// As both managers do it.
setTimeout(() => globalThis.gc?.({ type: "major", flavor: "last-resort" }), 3_000);
