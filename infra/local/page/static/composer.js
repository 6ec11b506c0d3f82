/** Makes the form in which messages and commands are typed, with their files. */

import { ask, upload } from "./api.js";
import { dropZone, sampleMenu } from "./attachments.js";
import { fill, h, sign, toast } from "./dom.js";
import { menuButton } from "./menu.js";
import { appName, channel, nameOf, state } from "./state.js";
import { suggestions } from "./suggest.js";
import { told } from "./surfaces.js";
import { t, wishFor } from "./words.js";
import { workflowItems } from "./workflows.js";

const drafts = new Map(); // by person, channel and thread: the text and files that are not sent yet

/** Makes a composer. `where()` gives its place `{channel, thread_ts}`, `label()` its name. */
export class Composer {
  constructor({ where, label, hasShortcuts }) {
    this.where = where;
    this.label = label;
    this.draft = { text: "", files: [] };
    this.sent = new Set(); // the ts of each message that was sent since the page was opened
    this.box = h("textarea", { rows: "1", dir: "auto", autocomplete: "off" });
    this.chips = h("ul", { class: "chips" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true });
    this.picker.addEventListener("change", () => {
      this.add([...this.picker.files]);
      this.picker.value = "";
    });
    this.hasShortcuts = hasShortcuts;
    this.node = h("form", { class: "composer" });
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.list = suggestions(this.box);
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("paste", (event) => this.paste(event));
  }

  /** Draws the form for the current place, with that place's draft. */
  draw() {
    const { channel: id, thread_ts: thread = "" } = this.where();
    const key = `${state.me} ${id} ${thread}`;
    if (!drafts.has(key)) drafts.set(key, { text: "", files: [] });
    this.draft = drafts.get(key);
    this.box.value = this.draft.text;
    this.box.setAttribute("aria-label", this.label());
    this.box.placeholder = this.label();
    fill(this.node, this.list, this.chips, this.box, this.tools(), this.picker);
    this.drawChips();
    this.fit();
  }

  tools() {
    const icon = (label, character, onclick) =>
      h("button", { type: "button", class: "plain", "aria-label": label, title: label, onclick }, sign(character));
    return h(
      "div",
      { class: "tools-row" },
      icon(t("attach"), "＋", () => this.picker.click()),
      this.hasShortcuts && menuButton({ class: "plain", "aria-label": t("shortcuts"), title: t("shortcuts") }, sign("⚡"), shortcutItems),
      icon(t("mention"), "@", () => this.insert("@")),
      sampleMenu((files) => this.addSample(files)),
      h("button", { class: "button primary send", "aria-label": t("send"), title: t("send") }, sign("➤")),
    );
  }

  /** Tells whether there is neither text nor a file. */
  get isEmpty() {
    return !this.box.value.trim() && !this.draft.files.length;
  }

  /** Adds files to the draft. */
  add(files) {
    for (const file of files) {
      const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : "";
      this.draft.files.push({ file, preview });
    }
    this.drawChips();
    this.box.focus();
  }

  /** Adds a sample photo to the draft, and a wish that fits it if there is no text. */
  addSample(files) {
    if (!this.box.value.trim()) {
      const words = wishFor(files[0].name);
      this.box.value = channel()?.is_im ? words : `@${appName()} ${words}`;
      this.typed();
    }
    this.add(files);
  }

  insert(text) {
    const end = this.box.selectionEnd;
    const space = end && !/\s$/.test(this.box.value.slice(0, end)) ? " " : "";
    this.box.setRangeText(space + text, end, end, "end");
    this.box.focus();
    this.box.dispatchEvent(new Event("input"));
  }

  drawChips() {
    fill(this.chips, this.draft.files.map((one) => this.chip(one)));
  }

  chip(one) {
    const away = () => {
      this.draft.files.splice(this.draft.files.indexOf(one), 1);
      URL.revokeObjectURL(one.preview);
      this.drawChips();
      this.box.focus();
    };
    const { name } = one.file;
    return h(
      "li",
      { class: "chip" },
      one.preview ? h("img", { src: one.preview, alt: "" }) : sign("📄"),
      h("span", { dir: "auto" }, name),
      h("button", { type: "button", class: "plain", "aria-label": t("remove", { name }), onclick: away }, sign("✕")),
    );
  }

  typed() {
    this.draft.text = this.box.value;
    this.fit();
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 200)}px`;
  }

  key(event) {
    // An Enter that ends the input of Chinese characters does not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  async send() {
    const text = this.box.value.trim();
    const { draft } = this;
    if (this.isBusy || this.isEmpty) return;
    this.isBusy = true;
    this.node.setAttribute("aria-busy", "true");
    try {
      const isSent = text.startsWith("/") ? await this.command(text) : await this.message(text);
      if (isSent) this.clear(draft);
    } catch (error) {
      toast(t("failed", { error: error.message }));
    }
    this.isBusy = false;
    this.node.removeAttribute("aria-busy");
  }

  clear(draft) {
    draft.text = "";
    draft.files.splice(0).forEach((one) => URL.revokeObjectURL(one.preview));
    if (draft !== this.draft) return;
    this.box.value = "";
    this.drawChips();
    this.fit();
  }

  async message(text) {
    const user = state.me;
    const where = this.where();
    const ids = [];
    for (const { file } of this.draft.files) ids.push((await upload(user, file)).id);
    const { ts } = await ask("/_client/messages", { body: { user, text, file_ids: ids, ...where } });
    this.sent.add(ts);
    return true;
  }

  async command(typed) {
    const [, command, text] = typed.match(/^(\S+)\s*([\s\S]*)$/);
    const { channel: id, thread_ts: thread } = this.where();
    const known = state.offered.commands;
    let refusal = "";
    if (thread) refusal = "no_command_in_thread";
    else if (this.draft.files.length) refusal = "no_files_with_command";
    else if (known.length && !known.some((one) => one.command === command)) refusal = "no_such_command";
    if (refusal) {
      toast(t(refusal, { command }));
      return false;
    }
    // The app's answer, or Slackbot's message about its failure, appears among the messages.
    await ask("/_client/commands", { body: { user: state.me, channel: id, command, text } });
    return true;
  }
}

function shortcutItems() {
  const items = state.offered.shortcuts
    .filter((one) => one.type === "global")
    .map((one) => ({
      words: one.name,
      note: one.description || nameOf(state.bot.user_id),
      run: () => told("/_client/shortcuts", { callback_id: one.callback_id }),
    }));
  items.push(...workflowItems());
  return items.length ? items : [{ words: t("no_shortcuts") }];
}

/** Adds files that are dropped anywhere on `pane` to the composer's draft. */
export const dropOn = (pane, composer) => dropZone(pane, (files) => composer.add(files));
