/** Text objects: mrkdwn is interpreted, plain_text never. */

import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** The content of a text object. */
export const content = (text) => (text.type === "mrkdwn" ? mrkdwn(text.text, text) : text.text);

/** A text object as an element of its own. */
export const textNode = (text, tag = "div") => h(tag, { class: "text", dir: "auto" }, content(text));
