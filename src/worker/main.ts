// The entry point of the worker: exposes one engine to the page over Comlink. Errors cross as JSON (see rpc.ts).
import { expose } from "comlink";
import type { EngineApi } from "../engine/api.ts";
import { createEngine } from "./create-engine.ts";
import { rpcHandler } from "./rpc.ts";

expose(rpcHandler<EngineApi>(createEngine()));
