/** Makes menus that open from a button; they work with arrow keys, Escape and a click elsewhere. */

import { fill, h, newId } from "./dom.js";

/**
 * Makes a button that opens a menu, and the menu. `items` gives its entries when it opens:
 * [{words, run, danger, href, note, picture}]. One without `run` and `href` is a heading.
 */
export function menuButton(attributes, content, items) {
  const list = h("div", { class: "menu", role: "menu", popover: "auto", id: newId() });
  const button = h(
    "button",
    { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...attributes },
    content,
  );
  list.setAttribute("aria-label", attributes["aria-label"] ?? button.textContent);
  button.addEventListener("click", () => {
    fill(list, items().map((one) => entry(one, list)));
    list.togglePopover();
  });
  list.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "open") {
      position(list, button);
      entries(list)[0]?.focus();
    } else document.dispatchEvent(new Event("redraw")); // draws what waited for the menu to close
  });
  list.addEventListener("keydown", (event) => move(event, list));
  return [button, list];
}

const entries = (list) => [...list.querySelectorAll('[role="menuitem"]')];

function entry(item, list) {
  if (!item.run && !item.href) return h("p", { class: "menu-head", role: "presentation" }, item.words);
  const isLink = Boolean(item.href);
  const attributes = isLink
    ? { href: item.href, target: "_blank", rel: "noopener noreferrer" }
    : { type: "button" };
  return h(
    isLink ? "a" : "button",
    {
      ...attributes,
      role: "menuitem",
      class: item.danger ? "danger" : null,
      tabindex: "-1",
      onclick: () => {
        list.hidePopover();
        item.run?.();
      },
    },
    item.picture && h("img", { src: item.picture, alt: "" }),
    h("span", { dir: "auto" }, item.words, item.note && h("small", {}, item.note)),
  );
}

function move(event, list) {
  const all = entries(list);
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Tab") list.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  all[(to + all.length) % all.length]?.focus();
}

/** Places a menu next to its button, within the window. */
function position(list, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = list;
  const below = at.bottom + 4 + height <= innerHeight;
  list.style.left = `${Math.max(4, Math.min(at.left, innerWidth - width - 4))}px`;
  list.style.top = `${Math.max(4, below ? at.bottom + 4 : at.top - height - 4)}px`;
}
