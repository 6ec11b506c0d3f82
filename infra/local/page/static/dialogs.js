/** Opens dialogs: questions, and pictures in full size. */

import { h, newId, sign } from "./dom.js";
import { content } from "./texts.js";
import { t } from "./words.js";

/** Opens a <dialog>, which is removed when it closes. */
export function open(attributes, ...children) {
  const dialog = h("dialog", attributes, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks the person; gives true if they agree. `question` is Block Kit's confirm object. */
export function confirmed(question) {
  return new Promise((done) => {
    const [title, text] = [newId(), newId()];
    const answer = (value) => () => dialog.close(value);
    const style = question.style === "danger" ? "button danger" : "button primary";
    const dialog = open(
      { class: "confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": text },
      h("h2", { id: title, dir: "auto" }, content(question.title)),
      h("div", { id: text, class: "text", dir: "auto" }, content(question.text)),
      h(
        "div",
        { class: "buttons" },
        h("button", { class: "button", onclick: answer("no") }, content(question.deny)),
        h("button", { class: style, onclick: answer("yes") }, content(question.confirm)),
      ),
    );
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"));
  });
}

/** Asks a question of the page itself; gives true if the person agrees. */
export function sure(title, text, yes) {
  const plain = (words) => ({ type: "plain_text", text: words });
  const words = { title: plain(title), text: plain(text), confirm: plain(yes) };
  return confirmed({ ...words, deny: plain(t("cancel")), style: "danger" });
}

/** Shows a picture as large as the window allows. */
export function enlarge(src, alt) {
  const dialog = open(
    { class: "viewer", "aria-label": alt },
    closer(() => dialog.close()),
    h("img", { src, alt, onclick: () => dialog.close() }),
  );
}

/** Makes a button that closes something. */
export const closer = (close) =>
  h("button", { class: "plain close", type: "button", "aria-label": t("close"), onclick: close }, sign("✕"));
