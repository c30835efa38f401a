// The least that an HTTP server in Node costs: what both managers are compared with.
const { createServer } = require("node:http");

createServer((_, response) => response.end("ok")).listen(Number(process.env.HTTP_PORT), "127.0.0.1");
