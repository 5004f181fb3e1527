// For the pages that show what comes onto the stage; the attendees' has no need of it, and has to be small.
/** @import { Board } from "../types" */
import { waiting } from "./live.js";

/** upnext is what comes next: the queue, after what is lined up, which may be a story. @param {Board} b */
export const upnext = b => waiting(b).filter(i => i.kind !== "story" || i.id === b.stage?.next);
