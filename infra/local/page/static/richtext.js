/** Draws rich text (docs.slack.dev, rich_text block); no markup in its text is interpreted. */

import { formatted } from "./dates.js";
import { h, link } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { mention } from "./mrkdwn.js";
import { state } from "./state.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };
const MARKERS = { bullet: ["disc", "circle", "square"], ordered: ["decimal", "lower-alpha", "lower-roman"] };

/** Makes the nodes of a rich_text block. */
export const richText = (block) => block.elements.map((one) => PARTS[one.type](one));

// Right-to-left text in one part must not change the order of the parts beside it.
const parts = (elements) =>
  elements.length === 1 ? elements.map(inline) : elements.map((one) => h("bdi", {}, inline(one)));

const section = (one) => h("p", { dir: "auto" }, parts(one.elements));

const PARTS = {
  rich_text_section: section,
  rich_text_quote: (one) => h("blockquote", { dir: "auto" }, parts(one.elements)),
  rich_text_preformatted: (one) => h("pre", {}, one.elements.map(inline)),
  rich_text_list: list,
};

function list(one) {
  const indent = one.indent ?? 0;
  const start = one.style === "ordered" && one.offset ? one.offset + 1 : null;
  const node = h(
    one.style === "ordered" ? "ol" : "ul",
    { class: one.border ? "bordered" : null, start },
    one.elements.map((item) => h("li", { dir: "auto" }, parts(item.elements))),
  );
  node.style.listStyleType = MARKERS[one.style][indent % 3];
  node.style.marginInlineStart = `${indent * 1.5}em`;
  return node;
}

const INLINES = {
  text: (one) => one.text,
  link: (one) => link(one.url, one.text || one.url),
  user: (one) => mention(one.user_id),
  channel: (one) => named(`#${state.channels.get(one.channel_id)?.name ?? one.channel_id}`),
  usergroup: (one) => named(`@${one.usergroup_id}`),
  broadcast: (one) => named(`@${one.range}`),
  emoji: (one) => emojiNode(one.name, one.unicode),
  date: (one) => dated(one),
  color: coloured,
};

const named = (words) => h("span", { class: "mention" }, words);

function dated(one) {
  const words = formatted(one.timestamp, one.format) || one.fallback || "";
  return one.url ? link(one.url, words) : words;
}

function coloured(one) {
  const patch = h("span", { class: "colour", "aria-hidden": "true" });
  patch.style.background = one.value;
  return h("span", {}, one.value, " ", patch);
}

function inline(one) {
  let node = INLINES[one.type](one);
  for (const [name, tag] of Object.entries(STYLES)) {
    if (one.style?.[name]) node = h(tag, {}, node);
  }
  return node;
}
