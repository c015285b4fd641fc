// The worker's front door: exposes one engine session to the page. No maths here; errors cross as JSON (see crossing.ts).
import { expose } from "comlink";
import type { EngineApi } from "../engine/api.ts";
import { crossing } from "./crossing.ts";
import { session } from "./session.ts";

expose(crossing<EngineApi>(session()));
