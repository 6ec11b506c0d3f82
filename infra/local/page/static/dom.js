/** Builds the page's elements. Whatever people or the app wrote becomes text, never markup. */

const KNOWN_SCHEMES = new Set(["http:", "https:", "mailto:"]);
let count = 0;

/**
 * An element. `attributes`: functions are listeners ("onclick"), true is an empty attribute, and
 * false, null and undefined leave it out. `children`: nodes, strings, arrays of them, or nothing.
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

// Bidirectional controls would show a name or a text as another one.
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const shown = (value) => (typeof value === "string" ? value.replace(DIRECTION, "") : value);

/** An id that no other element has. */
export const newId = () => `id-${++count}`;

/** Puts `children` in place of what a node holds; the focus stays on what has the same key. */
export function fill(node, ...children) {
  const key = keyInside(node);
  node.replaceChildren(...flat(children));
  if (key) focusKey(node, key);
}

/** The `data-key` of what has the focus in a node. */
const keyInside = (node) => node.contains(document.activeElement) && document.activeElement.dataset.key;

function focusKey(node, key) {
  [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

/** A link to somewhere else; text alone if its address is not one to follow. */
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

// What the page draws itself (signs.svg): not every machine has a font with emoji.
const DRAWN = { "👀": "eyes", "👁": "eye", "🖼": "picture-sign", "💬": "speech", "📄": "sheet" };

/** The name of the drawing that stands for some characters, to be their element's class. */
export const drawing = (characters) => {
  const name = DRAWN[characters.replace("\ufe0f", "")];
  return name ? `drawn ${name}` : null;
};

/** A picture of one character that only decorates. */
export const sign = (character) => h("span", { "aria-hidden": "true", class: drawing(character) }, character);

/** Words that are heard and not seen. */
export const unseen = (words) => h("span", { class: "unseen" }, words);

/** Makes `nodes` the children of `parent`, moving as few as need be: moving loses the focus. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  const key = keyInside(parent);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, n) => {
    if (parent.childNodes[n] !== node) parent.insertBefore(node, parent.childNodes[n] ?? null);
  });
  if (key && !parent.contains(document.activeElement)) focusKey(parent, key);
}

/** Says something to those who listen to the page instead of looking at it. */
export function announce(words) {
  const live = document.getElementById("live");
  live.append(h("p", {}, words));
  while (live.childElementCount > 5) live.firstElementChild.remove();
}

/** A short notice in the corner, gone after a while; `action` is [words, what to do]. */
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
