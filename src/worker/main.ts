// The entry point of the worker: exposes one engine to the page.
import { createEngine } from "./api/index.ts";
import { exposeApi } from "./rpc.ts";

exposeApi(createEngine());
