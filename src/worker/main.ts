// The worker's front door: exposes one engine session to the page. No maths here; errors cross as JSON (see reject.ts).
import { expose } from "comlink";
import type { EngineApi } from "../engine/api.ts";
import { rejecting } from "./reject.ts";
import { session } from "./session.ts";

expose(rejecting<EngineApi>(session()));
