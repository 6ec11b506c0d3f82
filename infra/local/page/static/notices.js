/** Tells a person of what concerns them elsewhere on the page, as Slack's notifications do. */

import { ask } from "./api.js";
import { announce, toast } from "./dom.js";
import { asWords } from "./mrkdwn.js";
import { go, nameOf, state } from "./state.js";
import { t } from "./words.js";

let seen = { user: "", ts: "" };
let shown = []; // [what, its toast]

/** Shows what is new since the last look, except for what is open anyway. */
export async function notify() {
  const isFirst = seen.user !== state.me;
  const after = isFirst ? "" : seen.ts;
  const { mentions } = await ask("/page/mentions", { query: { user: state.me, after } });
  const newest = mentions.at(-1)?.ts ?? after;
  seen = { user: state.me, ts: newest };
  shown = shown.filter(([one, node]) => !isOpen(one) || node.remove());
  if (isFirst) return;
  for (const one of mentions.filter((each) => !isOpen(each))) {
    const goThere = () => go({ channel: one.channel, thread: one.thread_ts, home: "" });
    const words = t("mentioned", { name: nameOf(one.user), place: placeOf(one) });
    shown.push([one, toast(words, [t("open"), goThere])]);
  }
}

function placeOf({ channel }) {
  const place = state.channels.get(channel);
  return place?.is_im ? t("a_direct_message") : `#${place?.name}`;
}

function isOpen({ channel, thread_ts: thread }) {
  const { place } = state;
  return channel === place.channel && !place.home && (!thread || thread === place.thread);
}

/** Says new messages of a list that is open to those who listen. */
export class Announcer {
  newest = "";
  key = "";

  /** `key`: which list; its first messages are not news. True if the newest is our own, and new. */
  tell(key, messages) {
    const isSame = key === this.key;
    for (const one of messages) {
      if (isSame && one.ts > this.newest && one.user !== state.me) {
        const heard = t("new_message", { name: nameOf(one.user), text: asWords(one.text) });
        announce(one.is_ephemeral ? `${t("only_you")}. ${heard}` : heard);
      }
    }
    const newest = messages.at(-1);
    const isOwn = isSame && newest?.user === state.me && newest.ts > this.newest;
    this.key = key;
    this.newest = newest?.ts ?? "";
    return isOwn;
  }
}
