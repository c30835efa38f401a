export { type Instance, createInstance } from "./instance.ts";
export { findPeerWithData } from "./peer-with-data.ts";
