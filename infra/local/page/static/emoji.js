/** Holds the emoji that apps of this kind use, by Slack's names. */

import { drawing, h } from "./dom.js";

const KNOWN = {
  "+1": "👍", "-1": "👎", art: "🎨", arrows_counterclockwise: "🔄", bulb: "💡", camera: "📷",
  clock1: "🕐", eyes: "👀", fire: "🔥", frame_with_picture: "🖼️", grin: "😁", heart: "❤️",
  heavy_check_mark: "✔️", hourglass: "⌛", hourglass_flowing_sand: "⏳", inbox_tray: "📥",
  information_source: "ℹ️", lock: "🔒", mag: "🔍", no_entry: "⛔", ok_hand: "👌", pencil2: "✏️",
  point_right: "👉", question: "❓", raised_hands: "🙌", rocket: "🚀", scissors: "✂️", smile: "😄",
  sparkles: "✨", star: "⭐", sunny: "☀️", tada: "🎉", thinking_face: "🤔", wastebasket: "🗑️",
  wave: "👋", warning: "⚠️", white_check_mark: "✅", x: "❌",
};

/** Gives an emoji's characters. `unicode`, which Slack sends with some, is hex joined by -. */
export function emoji(name, unicode) {
  const plain = name.replace(/::skin-tone-\d$/, "");
  if (KNOWN[plain]) return KNOWN[plain];
  const points = (unicode ?? "").split("-").map((one) => parseInt(one, 16));
  const isPlausible = points.every((one) => one > 0 && one <= 0x10ffff);
  return isPlausible ? String.fromCodePoint(...points) : `:${name}:`;
}

/** Makes the node of an emoji within a text. */
export function emojiNode(name, unicode) {
  const characters = emoji(name, unicode);
  return h("span", { role: "img", "aria-label": `:${name}:`, class: drawing(characters) }, characters);
}

/** Tells whether the page has the emoji with that name. */
export const isKnown = (name) => Object.hasOwn(KNOWN, name);
