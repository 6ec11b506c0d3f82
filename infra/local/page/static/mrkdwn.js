/** Slack's mrkdwn (docs.slack.dev, "Formatting text"), for mrkdwn objects and messages' text only. */

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

/** What Slack's three entities stand for. */
const unescaped = (text) => text.replace(/&(?:amp|lt|gt);/g, (one) => ENTITIES[one]);

/** A mention of a person; of ourselves it stands out. */
export function mention(id) {
  return h("span", { class: id === state.me ? "mention mine" : "mention" }, `@${nameOf(id)}`);
}

/** The nodes of a mrkdwn text. `verbatim`: bare addresses stay text. */
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

/** A message's text as its author typed it, to be edited. */
export function asTyped(text) {
  return unescaped(
    text.replace(/<([^<>\n]+)>/g, (_, inside) =>
      inside.startsWith("@") ? `@${nameOf(inside.slice(1))}` : inside.split("|")[0],
    ),
  );
}

/** A message's text without any markup, to be read aloud. */
export const asWords = (text) => asTyped(text.replace(/<[^@<>|\n][^<>|\n]*\|([^<>\n]+)>/g, "$1"));
