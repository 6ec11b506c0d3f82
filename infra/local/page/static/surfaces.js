/** Sends what a person does with blocks in messages and on Home to the stand-in. */

import { ask } from "./api.js";
import { confirmed } from "./dialogs.js";
import { toast } from "./dom.js";
import { appName, state } from "./state.js";
import { t } from "./words.js";

/** Calls the stand-in, and shows a notice if the call or the app's answer fails. */
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

/** Asks the person to confirm, if the element wants that; tells whether to go on. */
export const stands = async (element) => !element.confirm || confirmed(element.confirm);

/**
 * Makes the surface (see elements.js) of a message or the Home tab. `where` names it (`channel` and
 * `message_ts`, or `view_id`). Actions are sent one after the other, so that the press of a button
 * arrives after the text that was typed before it.
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
    values: {}, // the inputs' values, as the stand-in has them
    held(block, element) {
      return this.values[block.block_id]?.[element.action_id];
    },
    entered: () => {},
    changed: act,
    pressed: act,
  };
}
