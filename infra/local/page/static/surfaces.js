/** What becomes of what people do with blocks: at once on messages and Home, on sending in forms. */

import { ask } from "./api.js";
import { confirmed } from "./dialogs.js";
import { toast } from "./dom.js";
import { appName, state } from "./state.js";
import { t } from "./words.js";

/** Asks the stand-in and says so when that, or the app behind it, fails. */
export async function told(path, body) {
  try {
    const answer = await ask(path, { body: { user: state.me, ...body } });
    if (answer.delivery?.error) {
      toast(t("no_answer", { app: appName(), error: answer.delivery.error }));
    }
    return answer;
  } catch (error) {
    toast(t("failed", { error: error.message }));
    return null;
  }
}

/** Whether the person stands by it. */
export const stands = async (element) => !element.confirm || confirmed(element.confirm);

/**
 * A message's or the Home tab's surface. `where` names it (`channel` and `message_ts`, or
 * `view_id`). What is done is told one after the other, so that a press comes after the words
 * that were typed before it.
 */
export function liveSurface(where) {
  let last = Promise.resolve();
  const tell = (block, element, given) => {
    const body = { ...where, block_id: block.block_id, action_id: element.action_id, ...given };
    last = last.then(() => told("/_client/actions", body));
    return last;
  };
  const act = async (block, element, given) =>
    (await stands(element)) ? (await tell(block, element, given), true) : false;
  return {
    values: {}, // what the stand-in says that the inputs hold
    held(block, element) {
      return this.values[block.block_id]?.[element.action_id];
    },
    entered: () => {},
    changed: act,
    pressed: act,
  };
}
