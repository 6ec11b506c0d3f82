/** Writes dates and times in the person's language and the browser's time zone. */

import { h } from "./dom.js";
import { language } from "./words.js";

const show = (date, options) => new Intl.DateTimeFormat(language(), options).format(date);

const hours = { hour: "2-digit", minute: "2-digit" };
const isToday = (date) => date.toDateString() === new Date().toDateString();

/** Has a function for each token of Slack's date format. */
const TOKENS = {
  date: (d) => show(d, { dateStyle: "long" }),
  date_long: (d) => show(d, { dateStyle: "full" }),
  date_num: (d) => d.toISOString().slice(0, 10),
  date_pretty: (d) => show(d, { dateStyle: "long" }),
  date_short: (d) => show(d, { dateStyle: "medium" }),
  date_short_pretty: (d) => show(d, { dateStyle: "medium" }),
  date_long_pretty: (d) => show(d, { dateStyle: "full" }),
  day_divider_pretty: (d) => show(d, { dateStyle: "full" }),
  time: (d) => show(d, hours),
  time_secs: (d) => show(d, { ...hours, second: "2-digit" }),
  ago: (d) => show(d, { dateStyle: "medium", timeStyle: "short" }),
};

/** Writes a Unix time in Slack's date format (docs.slack.dev, "Date formatting"). */
export function formatted(seconds, format) {
  const date = new Date(seconds * 1000);
  return format.replace(/\{(\w+)\}/g, (all, name) => TOKENS[name]?.(date) ?? all);
}

/** Makes the node that shows when a message was sent; `ts` is the message's timestamp. */
export function timeOf(ts) {
  const date = new Date(Number(ts) * 1000);
  const words = show(date, isToday(date) ? hours : { ...hours, month: "short", day: "numeric" });
  const full = show(date, { dateStyle: "full", timeStyle: "medium" });
  return h("time", { datetime: date.toISOString(), title: full }, words);
}

/** Writes a Unix time as the time of day with seconds, for logs. */
export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");
