/** Draws the top line, the list of conversations and the head of the open one. */

import { fill, h, sign, unseen } from "./dom.js";
import { addressOf, appName, channel, direct, go, me, state, titleOf } from "./state.js";
import { t } from "./words.js";

const top = document.getElementById("top");
const nav = document.getElementById("places");

/** Draws the top line: the person, the note that this is no Slack, the button for the panel. */
export function drawTop(toggleBehind, isBehindOpen) {
  const people = [...state.users.values()].filter((one) => !one.is_bot);
  const options = people.map((one) => h("option", { value: one.id, selected: one.id === state.me }, one.real_name));
  const choose = h("select", { "data-key": "me", onchange: () => change(choose.value) }, options);
  const toggle = () => document.body.classList.toggle("places-open");
  fill(
    top,
    h("button", { class: "plain places-toggle", "aria-label": t("show_conversations"), onclick: toggle }, sign("☰")),
    h("strong", { class: "team" }, state.team.name),
    h("label", { class: "you" }, h("span", {}, t("you_are")), " ", choose),
    h(
      "button",
      { class: "button behind-toggle", "aria-expanded": String(isBehindOpen), "aria-controls": "behind", "data-key": "behind", onclick: toggleBehind },
      h("span", { class: "long" }, t("behind")),
      h("span", { class: "short" }, t("behind_short")),
    ),
    h("p", { class: "banner", role: "note" }, t("banner")),
  );
}

/** Changes the person; from a DM to the new person's own DM with the app. */
function change(user) {
  const isDirect = channel()?.is_im;
  go({ user, thread: "", ...(isDirect ? { channel: "direct" } : {}) });
}

/** Draws the list of conversations. */
export function drawPlaces() {
  const all = [...state.channels.values()];
  nav.setAttribute("aria-label", t("conversations"));
  const isHome = state.place.home;
  const home = h(
    "a",
    { "data-key": "home", href: addressOf({ channel: direct()?.id, thread: "", home: "1" }), "aria-current": isHome ? "page" : null },
    `${appName()} · ${t("home")}`,
  );
  fill(
    nav,
    heading("channels"),
    h("ul", {}, all.filter((one) => !one.is_im).map((one) => item(one))),
    heading("direct_messages"),
    h("ul", {}, all.filter((one) => one.is_im).map((one) => item(one))),
    heading("apps"),
    h("ul", {}, h("li", {}, home)),
  );
}

const heading = (key) => h("h2", {}, t(key));

function item(one) {
  const isHere = one.id === state.place.channel && !state.place.home;
  const n = isHere ? 0 : one.unread;
  const words = t(one.mentions ? "unread_mention" : "unread", { n });
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: addressOf({ channel: one.id, thread: "", home: "" }),
        class: n ? "new" : null,
        "aria-current": isHere ? "page" : null,
        "data-key": `place ${one.id}`,
      },
      one.is_im ? appName() : [sign("# "), one.name],
      n > 0 && h("span", { class: one.mentions || one.is_im ? "count mine" : "count" }, sign(String(n)), unseen(words)),
    ),
  );
}

/** Draws the head of the open conversation, and sets the page's title. */
export function drawHead(head) {
  const one = channel();
  const tab = (key, isHome) =>
    h(
      "a",
      {
        href: addressOf({ channel: one.id, thread: "", home: isHome ? "1" : "" }),
        "aria-current": isHome === Boolean(state.place.home) ? "page" : null,
        "data-key": `tab ${key}`,
      },
      t(key),
    );
  const isMember = one.members.includes(state.bot.user_id);
  fill(
    head,
    h("h1", { dir: "auto" }, titleOf(one)),
    one.is_im && h("nav", { "aria-label": appName(), class: "tabs" }, tab("home", true), tab("messages", false)),
    !isMember && h("p", { class: "note" }, t("not_a_member", { app: appName() })),
  );
  const unread = [...state.channels.values()].reduce((sum, other) => sum + (other === one ? 0 : other.unread), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${titleOf(one)} · ${state.team.name} · ${me().real_name}`;
}
