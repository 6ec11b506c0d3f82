/** Draws pictures and files in messages, in forms and on Home. */

import { enlarge } from "./dialogs.js";
import { h, sign } from "./dom.js";
import { t } from "./words.js";

const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Gives the address at which the page can read a file. */
const addressOfFile = (id) => `/page/files/${id}`;

/** Gives the address at which the page can read a block's picture, or "" for one elsewhere. */
function source({ image_url: url, slack_file: file }) {
  if (file) return addressOfFile(file.id ?? (file.url.match(/-(F\w+)\//)?.[1] || "none"));
  return url.startsWith("http://") ? `/page/picture?${new URLSearchParams({ url })}` : "";
}

/** Makes a small picture beside a text. */
export function smallPicture(element) {
  const src = source(element);
  return src
    ? h("img", { class: "small-picture", src, alt: element.alt_text })
    : h("span", { class: "small-picture", title: t("not_loaded") }, element.alt_text);
}

/** Makes an image block's picture, which a click enlarges. */
export function largePicture(block) {
  const src = source(block);
  if (!src) return h("p", { class: "elsewhere" }, t("not_loaded"), " ", h("em", {}, block.alt_text));
  return enlargeable(src, block.alt_text);
}

function enlargeable(src, alt) {
  const picture = h("img", { src, alt, loading: "lazy" });
  picture.addEventListener("error", () => button.classList.add("broken"));
  const label = t("show_picture", { name: alt });
  const button = h("button", { class: "picture", "aria-label": label, onclick: () => enlarge(src, alt) }, picture);
  return button;
}

/** Makes the list of a message's files. */
export const fileList = (files) => h("div", { class: "files" }, files.map(fileNode));

function fileNode(file) {
  if (file.mode === "tombstone") return h("span", { class: "file" }, t("file_gone"));
  if (SHOWN.has(file.mimetype)) {
    return h("figure", {}, h("figcaption", { dir: "auto" }, file.name), enlargeable(addressOfFile(file.id), file.alt_txt || file.name));
  }
  const attributes = { class: "file", href: addressOfFile(file.id), download: file.name ?? true };
  return h("a", attributes, sign("📄"), " ", file.name ?? file.id, " ", h("small", {}, file.pretty_type));
}
