/** Draws Block Kit's blocks (docs.slack.dev/reference/block-kit/blocks), a function per type. */

import { element, isGroup } from "./elements.js";
import { arrange, h, newId } from "./dom.js";
import { markdown } from "./markdown.js";
import { largePicture, smallPicture } from "./pictures.js";
import { richText } from "./richtext.js";
import { content, textNode } from "./texts.js";
import { t } from "./words.js";

/** Makes the nodes of a list of blocks; for `surface` see elements.js. */
export const blocks = (list, surface) => list.map((one) => block(one, surface));

const block = (one, surface) =>
  h("div", { class: `block ${one.type}`, "data-block": one.block_id }, BLOCKS[one.type](one, surface));

/** Draws blocks into `parent` again; unchanged ones keep their nodes and what was typed. */
export function redraw(parent, list, surface) {
  const before = drawn.get(parent) ?? new Map();
  const now = new Map();
  for (const one of list) {
    const json = JSON.stringify(one);
    const known = before.get(one.block_id);
    now.set(one.block_id, known?.json === json ? known : { json, node: block(one, surface) });
  }
  drawn.set(parent, now);
  arrange(parent, [...now.values()].map((one) => one.node));
}

const drawn = new WeakMap(); // by parent and block_id: the block's JSON and its node

const BLOCKS = {
  section,
  header: (one) => h("p", { class: "heading", role: "heading", "aria-level": "2", dir: "auto" }, content(one.text)),
  divider: () => h("hr"),
  context: (one) => one.elements.map((item) => (item.type === "image" ? smallPicture(item) : textNode(item, "span"))),
  actions: (one, surface) => one.elements.map((item) => element(item, one, surface)),
  image: (one) => [one.title && h("p", { class: "picture-title", dir: "auto" }, content(one.title)), largePicture(one)],
  rich_text: (one) => h("div", { class: "text" }, richText(one)),
  markdown: (one) => h("div", { class: "text", dir: "auto" }, markdown(one.text)),
  input,
};

function section(one, surface) {
  const id = newId();
  const { accessory } = one;
  // The section's text labels a choice beside it; buttons and pictures have their own labels.
  const label = NAMED_BY_TEXT.test(accessory?.type) ? { "aria-labelledby": id } : {};
  return [
    h(
      "div",
      { class: "section-text", id },
      one.text && textNode(one.text),
      one.fields && h("div", { class: "fields" }, one.fields.map((field) => textNode(field))),
    ),
    accessory && h("div", { class: "accessory" }, element(accessory, one, surface, label)),
  ];
}

const NAMED_BY_TEXT = /select|radio|checkboxes/;

function input(one, surface) {
  const [label, field] = [newId(), newId()];
  const words = [content(one.label), one.optional && h("small", {}, " ", t("optional"))];
  const isSeveral = isGroup(one.element);
  const name = isSeveral ? { "aria-labelledby": label } : { id: field };
  const node = element(one.element, one, surface, name);
  const control = isSeveral ? node : node.querySelector?.(`#${field}`) ?? node;
  if (!one.optional && !isSeveral) control.setAttribute("aria-required", "true");
  const hint = one.hint && h("p", { class: "hint", id: newId(), dir: "auto" }, content(one.hint));
  if (hint) control.setAttribute("aria-describedby", hint.id);
  const title = isSeveral
    ? h("p", { class: "label", id: label, dir: "auto" }, words)
    : h("label", { class: "label", id: label, for: field, dir: "auto" }, words);
  return [title, node, hint];
}
