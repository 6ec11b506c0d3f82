/**
 * Draws Block Kit's elements. Each calls its `surface` (a message, Home tab or modal):
 * `held(block, element)` gives an input's state, `entered` is called while a person types in it,
 * `changed` when its value has changed (false: the person did not confirm), and `pressed` for
 * buttons and menus.
 */

import { h, sign } from "./dom.js";
import { fileInput } from "./fileinput.js";
import { menuButton } from "./menu.js";
import { smallPicture } from "./pictures.js";
import { content } from "./texts.js";
import { t } from "./words.js";

/** Makes an element's node; `label` are attributes that name it (`id`, `aria-labelledby`). */
export function element(one, block, surface, label = {}) {
  const name = { "data-key": `${block.block_id} ${one.action_id ?? ""}`, ...label };
  return MAKERS[one.type](one, block, surface, name);
}

const MAKERS = {
  image: smallPicture,
  button,
  overflow,
  static_select: select,
  multi_static_select: multiSelect,
  radio_buttons: (one, block, surface, name) => boxes("radio", one, block, surface, name),
  checkboxes: (one, block, surface, name) => boxes("checkbox", one, block, surface, name),
  plain_text_input: textInput,
  number_input: textInput,
  file_input: fileInput,
};

/** Gives the value of an option, which may be an option object or the value itself. */
const valueOf = (option) => option?.value ?? option;

const isNamed = (label) => label.id || label["aria-labelledby"];

/** Tells whether an element consists of several controls, so that its label names a group. */
export const isGroup = (one) => ["radio_buttons", "checkboxes", "file_input"].includes(one.type);

function button(one, block, surface, name) {
  const attributes = {
    ...name,
    class: `button ${one.style ?? ""}`,
    "aria-label": one.accessibility_label,
    onclick: async () => {
      node.setAttribute("aria-busy", "true");
      await surface.pressed(block, one, {});
      node.removeAttribute("aria-busy");
    },
  };
  const words = h("span", { dir: "auto" }, content(one.text));
  const where = { href: one.url, target: "_blank", rel: "noopener noreferrer" };
  const node = one.url
    ? h("a", { ...attributes, ...where }, words)
    : h("button", { ...attributes, type: "button" }, words);
  return node;
}

function overflow(one, block, surface, name) {
  const items = () =>
    one.options.map((option) => ({
      words: content(option.text),
      note: option.description && content(option.description),
      href: option.url,
      run: () => surface.pressed(block, one, { selected_option: option.value }),
    }));
  return menuButton({ ...name, class: "button overflow", "aria-label": t("options") }, sign("⋯"), items);
}

function choices(one, chosen) {
  const node = (option) =>
    h("option", { value: option.value, selected: chosen.includes(option.value) }, option.text.text);
  if (one.options) return one.options.map(node);
  return one.option_groups.map((group) =>
    h("optgroup", { label: group.label.text }, group.options.map(node)),
  );
}

function select(one, block, surface, name) {
  const held = surface.held(block, one);
  const words = one.placeholder?.text ?? t("choose");
  let before = valueOf(held ? held.selected_option : one.initial_option) ?? "";
  const node = h(
    "select",
    {
      "aria-label": isNamed(name) ? null : words,
      ...name,
      onchange: async () => {
        const given = { selected_option: node.value || null };
        if ((await surface.changed(block, one, given)) === false) node.value = before;
        else before = node.value;
      },
    },
    h("option", { value: "", selected: !before, disabled: !block.optional }, words),
    choices(one, [before]),
  );
  return node;
}

function multiSelect(one, block, surface, name) {
  const held = surface.held(block, one)?.selected_options ?? one.initial_options ?? [];
  const read = () => ({ selected_options: [...node.selectedOptions].map((o) => o.value) });
  const node = h(
    "select",
    { "aria-label": isNamed(name) ? null : t("choose"), ...name, multiple: true, size: "5", onchange: () => surface.changed(block, one, read()) },
    choices(one, held.map(valueOf)),
  );
  return node;
}

function boxes(type, one, block, surface, name) {
  const held = surface.held(block, one);
  const chosen = held
    ? [held.selected_option, ...(held.selected_options ?? [])].filter(Boolean)
    : [one.initial_option, ...(one.initial_options ?? [])].filter(Boolean);
  const values = new Set(chosen.map(valueOf));
  const read = () => {
    const ticked = inputs.filter((input) => input.checked).map((input) => input.value);
    return type === "radio" ? { selected_option: ticked[0] ?? null } : { selected_options: ticked };
  };
  let before = [];
  const remember = () => (before = inputs.map((input) => input.checked));
  const changed = async () => {
    const isTakenBack = (await surface.changed(block, one, read())) === false;
    if (isTakenBack) inputs.forEach((input, n) => (input.checked = before[n]));
    remember();
  };
  const inputs = one.options.map((option) =>
    h("input", {
      type,
      name: `${name["data-key"]}`,
      "data-key": `${name["data-key"]} ${option.value}`,
      value: option.value,
      checked: values.has(option.value),
      onchange: changed,
    }),
  );
  remember();
  const labels = one.options.map((option, n) =>
    h(
      "label",
      { class: "choice" },
      inputs[n],
      h("span", { dir: "auto" }, content(option.text), option.description && h("small", {}, content(option.description))),
    ),
  );
  const role = type === "radio" ? "radiogroup" : "group";
  return h("div", { "aria-label": isNamed(name) ? null : t("choose"), role, ...name }, labels);
}

function textInput(one, block, surface, name) {
  const isLong = one.multiline;
  const most = one.max_length ?? 3000;
  const left = h("small", { class: "left", "aria-live": "polite" });
  const given = () => ({ value: node.value || null });
  const onCharacter = one.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered");
  const node = h(isLong ? "textarea" : "input", {
    ...name,
    type: isLong ? null : "text",
    rows: isLong ? "4" : null,
    inputmode: one.type === "number_input" ? "decimal" : null,
    placeholder: one.placeholder?.text,
    dir: "auto",
    autocomplete: "off",
    oninput: () => {
      const rest = most - [...node.value].length;
      left.textContent = one.max_length && rest <= 30 ? t("characters_left", { n: rest }) : "";
      surface.entered(block, one, given());
      if (onCharacter) surface.changed(block, one, given());
    },
    // With dispatch_action, Enter (or each character) sends the value, not leaving the field.
    onchange: () => block.dispatch_action || surface.changed(block, one, given()),
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.isComposing || isLong || !block.dispatch_action) return;
      event.preventDefault();
      surface.changed(block, one, given());
    },
  });
  const held = surface.held(block, one);
  node.value = (held ? held.value : one.initial_value) ?? "";
  return h("div", { class: "field" }, node, left);
}
