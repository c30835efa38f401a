// Answers `GET /v1/status` on every address of loopback, each of which stands for a pod. Prints its port.
// Usage: node status-server.ts <how long a connection may be idle, in ms>
import { createServer } from "node:http";

const status = JSON.stringify({
  role: "slave",
  replicationOffset: 123_456_789,
  connectedReplicas: 0,
  connected: true,
  replicationId: "8f3c0e6f2d9b4a7e8f3c0e6f2d9b4a7e8f3c0e6f",
  observedAt: "2026-11-22T00:00:00.000Z",
  masterLinkStatus: "up",
  primary: { host: "10.0.0.7", port: 6379 },
  lastIoSecondsAgo: 1,
  syncInProgress: false,
});

const server = createServer({ keepAliveTimeout: Number(process.argv[2]) }, (_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(status);
});
server.listen({ port: 0, host: "0.0.0.0", backlog: 4_096 }, () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : "");
});
