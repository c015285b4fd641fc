// The entry point of the worker: exposes one engine to the page.
import { createEngine } from "./create-engine.ts";
import { exposeApi } from "./rpc.ts";

exposeApi(createEngine());
