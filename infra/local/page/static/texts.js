/** Draws Block Kit's text objects: mrkdwn is interpreted, plain_text is not. */

import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** Makes the content of a text object. */
export const content = (text) => (text.type === "mrkdwn" ? mrkdwn(text.text, text) : text.text);

/** Makes an element with a text object's content. */
export const textNode = (text, tag = "div") => h(tag, { class: "text", dir: "auto" }, content(text));
