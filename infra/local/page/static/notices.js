/** Shows and reads out new messages for the person, as Slack's notifications do. */

import { ask } from "./api.js";
import { announce, toast } from "./dom.js";
import { asWords } from "./mrkdwn.js";
import { go, nameOf, state } from "./state.js";
import { t } from "./words.js";

let seen = { user: "", ts: "" };
let shown = []; // [the message, its toast]

/** Shows notices of messages since the last call, except for those in the open place. */
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

/** Has screen readers read out the new messages of an open list. */
export class Announcer {
  newest = "";
  key = "";

  /**
   * Reads out new messages; none on the first call for the list `key`. Gives true if the newest
   * message is new and the person's own.
   */
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
