// The moderators' tablet: the lists, the item in hand, the room. Each part is a module under desk/; what is pure about
// them is under lib/. The order in which they come is that in which they draw.
import "./desk/away.js";
import "./desk/list.js";
import "./desk/finder.js";
import "./desk/bulk.js";
import "./desk/edit.js";
import "./desk/detail.js";
import "./desk/merge.js";
import "./desk/more.js";
import "./desk/history.js";
import "./desk/queue.js";
import "./desk/room.js";
import "./desk/claim.js";
import "./desk/recall.js";
import "./desk/replay.js";
import "./desk/signals.js";
import "./desk/typein.js";
import "./desk/tips.js";
import "./desk/keys.js";
import { connect } from "./desk/connection.js";
import { tick } from "./desk/room.js";
import { draw } from "./desk/state.js";
import "./lib/xcard.js";

connect();
setInterval(tick, 1000);
setInterval(draw, 30000);
draw();
