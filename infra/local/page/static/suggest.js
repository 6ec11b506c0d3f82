/** Suggests @names and /commands while a person types. */

import { announce, fill, h, newId } from "./dom.js";
import { state } from "./state.js";
import { t } from "./words.js";

/** Makes the list of suggestions for the text field `box`, to be placed above it. */
export function suggestions(box) {
  const list = h("ul", { class: "suggestions", role: "listbox", id: newId(), hidden: true });
  let found = [];
  let at = 0;

  function close() {
    found = [];
    list.hidden = true;
    box.removeAttribute("aria-activedescendant");
  }
  function look() {
    const typed = box.value.slice(0, box.selectionStart);
    const before = found.length;
    found = candidates(typed);
    at = 0;
    if (!found.length) return close();
    if (found.length !== before) announce(t("n_suggestions", { n: found.length }));
    return draw();
  }
  function draw() {
    list.setAttribute("aria-label", t("suggestions"));
    fill(list, found.map((one, n) => option(one, n === at, () => take(one))));
    list.hidden = false;
    box.setAttribute("aria-activedescendant", list.children[at].id);
  }
  function take(one) {
    const end = box.selectionStart;
    box.setRangeText(one.text, end - one.typed.length, end, "end");
    close();
    box.focus();
  }
  function onKey(event) {
    if (!found.length || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      at = (at + step + found.length) % found.length;
      draw();
    } else if (event.key === "Escape") close();
    else if (event.key === "Tab" || event.key === "Enter") take(found[at]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.addEventListener("input", look);
  box.addEventListener("keydown", onKey);
  box.addEventListener("blur", () => setTimeout(close, 150)); // late enough for a click on the list
  return list;
}

function option(one, isActive, take) {
  return h(
    "li",
    { role: "option", id: newId(), "aria-selected": String(isActive), onmousedown: (event) => event.preventDefault(), onclick: take },
    h("strong", {}, one.text.trim()),
    one.note && h("small", {}, one.note),
  );
}

function candidates(typed) {
  const command = typed.match(/^\/\S*$/)?.[0];
  if (command) {
    return state.offered.commands
      .filter((one) => one.command.startsWith(command) && one.command !== command)
      .map((one) => ({ typed: command, text: `${one.command} `, note: `${one.usage_hint} ${one.description}` }));
  }
  const name = typed.match(/(?:^|[\s,，。])(@[^\s@]*)$/)?.[1];
  if (!name) return [];
  const wanted = name.slice(1).toLowerCase();
  return [...state.users.values()]
    .filter((one) => one.id !== state.me && `@${one.real_name}` !== name && [one.name, one.real_name].some((n) => n.toLowerCase().startsWith(wanted)))
    .sort((a, b) => b.is_bot - a.is_bot)
    .map((one) => ({ typed: name, text: `@${one.real_name} `, note: one.is_bot ? t("app_badge") : "" }));
}
