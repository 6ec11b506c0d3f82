/** Draws the messages of a channel or a thread. */

import { ask } from "./api.js";
import { blocks } from "./blocks.js";
import { timeOf } from "./dates.js";
import { sure } from "./dialogs.js";
import { arrange, drawing, fill, h, sign, toast } from "./dom.js";
import { emoji } from "./emoji.js";
import { menuButton } from "./menu.js";
import { asTyped, mrkdwn } from "./mrkdwn.js";
import { fileList } from "./pictures.js";
import { addressOf, go, me, nameOf, state } from "./state.js";
import { liveSurface, told } from "./surfaces.js";
import { language, t } from "./words.js";

const TOGETHER_S = 300; // messages of one person within this time share one heading
const dismissed = new Set();
const redraw = () => document.dispatchEvent(new Event("redraw"));

/** Draws `messages` into the list `parent`; unchanged messages keep their nodes. */
export function drawMessages(parent, messages, context) {
  const before = new Map([...parent.children].map((node) => [node.dataset.ts, node]));
  const shown = messages.filter((one) => !dismissed.has(one.ts));
  const nodes = shown.map((one, n) => {
    const follows = doesFollow(shown[n - 1], one);
    const looks = JSON.stringify([one, follows, state.me, language()]);
    const known = before.get(one.ts);
    // A message that is being edited or has its menu open is drawn again afterwards.
    if (known?.looks === looks || known?.matches(".editing, :has(:popover-open)")) return known;
    const node = messageNode(one, { ...context, follows });
    node.looks = looks;
    return node;
  });
  arrange(parent, nodes);
}

function doesFollow(before, one) {
  if (!before || before.user !== one.user || before.subtype === "tombstone") return false;
  const isQuiet = !before.reply_count && !before.is_ephemeral && !one.is_ephemeral;
  return isQuiet && one.ts - before.ts < TOGETHER_S;
}

function messageNode(message, context) {
  const isGone = message.subtype === "tombstone";
  const body = h("div", { class: "body" });
  const node = h(
    "li",
    { class: "message", "data-ts": message.ts },
    avatar(message.user),
    h("div", { class: "said" }, head(message), body),
    !isGone && tools(message, context, () => edit(node, body, message, context)),
  );
  node.classList.toggle("follows", context.follows);
  node.classList.toggle("ephemeral", Boolean(message.is_ephemeral));
  fill(body, isGone ? h("p", { class: "gone" }, message.text) : said(message, context));
  return node;
}

function avatar(user) {
  const isApp = user === state.bot.user_id;
  return h("span", { class: isApp ? "avatar app" : "avatar", "aria-hidden": "true" }, nameOf(user)[0]);
}

function head(message) {
  return h(
    "p",
    { class: "head" },
    message.is_ephemeral && h("span", { class: "only-you" }, sign("👁"), " ", t("only_you"), " "),
    h("strong", { class: "name", dir: "auto" }, nameOf(message.user)),
    message.bot_id && h("span", { class: "badge" }, t("app_badge")),
    timeOf(message.ts),
  );
}

/** Makes a message's content: blocks or text, files, reactions, and the link to its thread. */
function said(message, context) {
  const { channel } = context;
  const surface = liveSurface({ channel, message_ts: message.ts });
  const text = h("div", { class: "text", dir: "auto" }, message.text && mrkdwn(message.text));
  return [
    message.blocks?.length ? blocks(message.blocks, surface) : text,
    message.edited && h("small", { class: "edited" }, t("edited")),
    message.files && fileList(message.files),
    message.reactions && h("ul", { class: "reactions" }, message.reactions.map(reaction)),
    message.reply_count > 0 && !context.inThread && threadLink(message),
  ];
}

function reaction(one) {
  const shown = emoji(one.name);
  const label = t("reacted", { names: one.users.map(nameOf).join(", "), emoji: `:${one.name}:` });
  return h("li", { title: label }, h("span", { role: "img", "aria-label": label, class: drawing(shown) }, shown), sign(` ${one.count}`));
}

function threadLink(message) {
  const n = message.reply_count;
  return h(
    "a",
    { class: "replies", href: addressOf({ thread: message.ts }), "data-key": `${message.ts} replies` },
    t(n === 1 ? "replies_1" : "replies", { n }),
    " ",
    h("small", {}, t("last_reply", { time: timeOf(message.latest_reply).textContent })),
  );
}

function tools(message, context, startEdit) {
  const key = (name) => ({ "data-key": `${message.ts} ${name}` });
  if (message.is_ephemeral) {
    const away = () => {
      dismissed.add(message.ts);
      redraw();
    };
    return h("div", { class: "tools" }, h("button", { class: "plain", onclick: away }, t("dismiss")));
  }
  const reply = () => go({ thread: message.ts });
  return h(
    "div",
    { class: "tools" },
    !context.inThread &&
      h("button", { class: "plain", "aria-label": t("reply_in_thread"), title: t("reply_in_thread"), onclick: reply, ...key("reply") }, sign("💬")),
    menuButton({ class: "plain", "aria-label": t("more"), title: t("more"), ...key("more") }, sign("⋯"), () =>
      menuOf(message, context, startEdit),
    ),
  );
}

function menuOf(message, { channel, inThread }, startEdit) {
  const isOwn = message.user === state.me;
  const items = state.offered.shortcuts
    .filter((one) => one.type === "message")
    .map((one) => ({
      words: one.name,
      note: nameOf(state.bot.user_id),
      run: () => told("/_client/shortcuts", { callback_id: one.callback_id, channel, message_ts: message.ts }),
    }));
  if (!inThread) items.push({ words: t("reply_in_thread"), run: () => go({ thread: message.ts }) });
  if (isOwn && !message.bot_id) items.push({ words: t("edit"), run: startEdit });
  if (isOwn || me().is_admin) {
    items.push({ words: t("delete"), danger: true, run: () => remove(message, channel) });
  }
  return items.length ? items : [{ words: t("no_shortcuts") }];
}

async function remove(message, channel) {
  if (await sure(t("delete"), t("delete_sure"), t("delete_yes"))) {
    await change("DELETE", { channel, ts: message.ts });
  }
}

async function change(method, body) {
  try {
    await ask("/_client/messages", { method, body: { user: state.me, ...body } });
    return true;
  } catch (error) {
    toast(t("failed", { error: error.message }));
    return false;
  }
}

function edit(node, body, message, context) {
  const box = h("textarea", { "aria-label": t("edit"), rows: "3", dir: "auto" });
  box.value = asTyped(message.text);
  const leave = () => {
    node.classList.remove("editing");
    node.looks = "";
    redraw();
  };
  const save = async () => {
    const isSame = box.value === asTyped(message.text);
    if (isSame || (await change("PATCH", { channel: context.channel, ts: message.ts, text: box.value }))) leave();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      save();
    }
  });
  node.classList.add("editing");
  fill(
    body,
    box,
    h("div", { class: "buttons" }, h("button", { class: "button", onclick: leave }, t("cancel")), h("button", { class: "button primary", onclick: save }, t("save"))),
  );
  box.focus();
}
