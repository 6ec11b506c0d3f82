/** Draws the thread pane. */

import { ask } from "./api.js";
import { closer } from "./dialogs.js";
import { fill, h, newId } from "./dom.js";
import { Composer, dropOn } from "./composer.js";
import { drawMessages } from "./messages.js";
import { channel, go, state, titleOf } from "./state.js";
import { stickToEnd } from "./scrolling.js";
import { t } from "./words.js";

const pane = document.getElementById("thread");
const list = h("ol", { class: "message-list" });
const scroller = h("div", { class: "scroller", tabindex: "0", role: "region" }, list);
const composer = new Composer({
  where: () => ({ channel: state.place.channel, thread_ts: state.place.thread }),
  label: () => t("reply_to"),
});
let shown = "";

dropOn(pane, composer);
/** Scrolls to the newest reply if the person is at the end; with true, in any case. */
export const keepThreadAtEnd = stickToEnd(scroller, list);
pane.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.target.closest("dialog, .menu")) close();
});

function close() {
  const from = state.place.thread;
  go({ thread: "" });
  const parent = document.querySelector(`#messages [data-ts="${CSS.escape(from)}"]`);
  parent?.querySelector(".replies, .tools button")?.focus();
}

/** Draws the open thread, if there is one. `isNew`: the person has just gone there. */
export async function drawThread({ isNew = false } = {}) {
  const { channel: id, thread } = state.place;
  pane.hidden = !thread || !channel();
  if (pane.hidden) {
    shown = "";
    return [];
  }
  const { messages } = await ask("/_client/messages", { query: { channel: id, thread_ts: thread, user: state.me } });
  if (thread !== state.place.thread) return [];
  const key = `${state.me} ${id} ${thread}`;
  if (key !== shown) frame();
  drawMessages(list, messages, { channel: id, inThread: true });
  if (!messages.length) fill(list, h("li", { class: "note" }, t("no_message")));
  keepThreadAtEnd(key !== shown);
  if (key !== shown && isNew) composer.box.focus({ preventScroll: true });
  shown = key;
  return messages;
}

function frame() {
  const title = newId();
  pane.setAttribute("aria-label", t("thread"));
  scroller.setAttribute("aria-label", t("thread"));
  fill(
    pane,
    h("header", {}, h("h2", { id: title }, t("thread"), " ", h("small", {}, titleOf(channel()))), closer(close)),
    scroller,
    channel().is_archived ? h("p", { class: "note" }, t("archived")) : composer.node,
  );
  composer.draw();
}
