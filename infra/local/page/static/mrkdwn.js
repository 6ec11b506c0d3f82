/** Turns Slack's mrkdwn (docs.slack.dev, "Formatting text") into elements. */

import { formatted } from "./dates.js";
import { h, link } from "./dom.js";
import { emojiNode, isKnown } from "./emoji.js";
import { nameOf, state } from "./state.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const STYLES = { "*": "strong", _: "em", "~": "s" };
const INLINE = new RegExp(
  [
    /`([^`\n]+)`/, // 1 code
    /<([^<>\n]+)>/, // 2 mention, link
    /:([a-z0-9_+'-]+):/, // 3 emoji
    /(?<![\p{L}\p{N}])([*_~])(?=\S)(.+?)(?<=\S)\4(?![\p{L}\p{N}])/, // 4, 5 style
    /(https?:\/\/[^\s<>|`]*[^\s<>|`.,;:!?'")\]}*_~])/, // 6 bare address
  ].map((one) => one.source).join("|"),
  "gu",
);

/** Replaces Slack's three entities by their characters. */
const unescaped = (text) => text.replace(/&(?:amp|lt|gt);/g, (one) => ENTITIES[one]);

/** Makes a mention of somebody; one of the person who uses the page stands out. */
export function mention(id) {
  return h("span", { class: id === state.me ? "mention mine" : "mention" }, `@${nameOf(id)}`);
}

/** Makes the nodes of a mrkdwn text. `verbatim`: bare addresses stay text. */
export function mrkdwn(text, { verbatim = false } = {}) {
  return text.split(/```([\s\S]+?)```/).map((part, n) => {
    if (n % 2) return h("pre", {}, unescaped(part.replace(/^\n|\n$/g, "")));
    return quoted(part, verbatim);
  });
}

function quoted(text, verbatim) {
  const nodes = [];
  for (const part of text.split(/((?:^(?:&gt;|>) ?.*(?:\n|$))+)/m)) {
    if (/^(&gt;|>)/.test(part)) {
      const inner = part.replace(/\n$/, "").replace(/^(&gt;|>) ?/gm, "");
      nodes.push(h("blockquote", {}, inline(inner, verbatim)));
    } else nodes.push(...inline(part, verbatim));
  }
  return nodes;
}

function inline(text, verbatim) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(unescaped(text.slice(end, found.index)), piece(found, verbatim));
    end = found.index + found[0].length;
  }
  nodes.push(unescaped(text.slice(end)));
  return nodes;
}

function piece([all, code, angle, name, style, styled, bare], verbatim) {
  if (code) return h("code", {}, unescaped(code));
  if (angle) return reference(angle);
  if (name) return isKnown(name) ? emojiNode(name) : all;
  if (style) return h(STYLES[style], {}, inline(styled, verbatim));
  return verbatim ? unescaped(all) : link(unescaped(bare), unescaped(bare));
}

function reference(inside) {
  const [what, ...more] = inside.split("|");
  const label = unescaped(more.join("|"));
  if (what.startsWith("@")) return mention(what.slice(1));
  if (what.startsWith("#")) {
    const named = state.channels.get(what.slice(1))?.name ?? (label || what.slice(1));
    return h("span", { class: "mention" }, `#${named}`);
  }
  if (what.startsWith("!date^")) {
    const [, seconds, format] = what.split("^");
    return formatted(Number(seconds), unescaped(format ?? "")) || label;
  }
  if (what.startsWith("!")) {
    const named = what.slice(1).replace(/^subteam\^/, "");
    return h("span", { class: "mention" }, `@${label.replace(/^@/, "") || named}`);
  }
  const url = unescaped(what);
  if (!/^(https?|mailto):/.test(url)) return unescaped(`<${inside}>`);
  return link(url, label || url.replace(/^mailto:/, ""));
}

/** Writes a message's text as its author has typed it, for editing. */
export function asTyped(text) {
  return unescaped(
    text.replace(/<([^<>\n]+)>/g, (_, inside) =>
      inside.startsWith("@") ? `@${nameOf(inside.slice(1))}` : inside.split("|")[0],
    ),
  );
}

/** Writes a message's text with links as their labels, for reading out. */
export const asWords = (text) => asTyped(text.replace(/<[^@<>|\n][^<>|\n]*\|([^<>\n]+)>/g, "$1"));
