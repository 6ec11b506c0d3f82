/** Builds the page's elements. What people or the app have written becomes text, never markup. */

const KNOWN_SCHEMES = new Set(["http:", "https:", "mailto:"]);
let count = 0;

/**
 * Makes an element. `attributes`: a function becomes a listener ("onclick"), true an empty
 * attribute; false, null and undefined leave the attribute out. `children`: nodes, strings, arrays
 * of them, or nothing.
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? "" : shown(value));
    }
  }
  node.append(...flat(children));
  return node;
}

const flat = (children) => children.flat(Infinity).filter((one) => one || one === 0).map(shown);

// Bidirectional control characters could make a name or a text look like another.
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const shown = (value) => (typeof value === "string" ? value.replace(DIRECTION, "") : value);

/** Makes an id that no other element has. */
export const newId = () => `id-${++count}`;

/** Replaces a node's children; the focus goes to the new element with the same `data-key`. */
export function fill(node, ...children) {
  const key = keyInside(node);
  node.replaceChildren(...flat(children));
  if (key) focusKey(node, key);
}

/** Gives the `data-key` of the element in a node that has the focus. */
const keyInside = (node) => node.contains(document.activeElement) && document.activeElement.dataset.key;

function focusKey(node, key) {
  [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

/** Makes a link to another site, or text if the address is invalid or of an unknown scheme. */
export function link(url, ...children) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return h("span", {}, ...children);
  }
  if (!KNOWN_SCHEMES.has(parsed.protocol)) return h("span", {}, ...children);
  return h("a", { href: parsed.href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

// Emoji that signs.svg has a drawing for, as not every machine has a font with emoji.
const DRAWN = { "👀": "eyes", "👁": "eye", "🖼": "picture-sign", "💬": "speech", "📄": "sheet" };

/** Gives the classes of an element that shows a drawing for an emoji; null if there is none. */
export const drawing = (characters) => {
  const name = DRAWN[characters.replace("\ufe0f", "")];
  return name ? `drawn ${name}` : null;
};

/** Makes a character that only decorates, hidden from screen readers. */
export const sign = (character) => h("span", { "aria-hidden": "true", class: drawing(character) }, character);

/** Makes text for screen readers only. */
export const unseen = (words) => h("span", { class: "unseen" }, words);

/** Makes `nodes` the children of `parent`. Moves as few as it can: moving loses the focus. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  const key = keyInside(parent);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, n) => {
    if (parent.childNodes[n] !== node) parent.insertBefore(node, parent.childNodes[n] ?? null);
  });
  if (key && !parent.contains(document.activeElement)) focusKey(parent, key);
}

/** Has screen readers read out `words`. */
export function announce(words) {
  const live = document.getElementById("live");
  live.append(h("p", {}, words));
  while (live.childElementCount > 5) live.firstElementChild.remove();
}

/** Shows a notice in the corner for some seconds; `action` is [a button's words, what it does]. */
export function toast(words, action) {
  const node = h("div", { class: "toast" }, h("span", { dir: "auto" }, words));
  const away = () => node.remove();
  if (action) {
    node.append(h("button", { class: "plain", onclick: () => (away(), action[1]()) }, action[0]));
  }
  node.append(h("button", { class: "plain", "aria-label": "×", onclick: away }, sign("×")));
  document.getElementById("toasts").append(node);
  setTimeout(away, action ? 15000 : 8000);
  return node;
}
