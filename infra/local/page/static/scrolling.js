/** Keeps a list of messages at its end while a person reads there. */

const NEAR_PX = 80;

/** Gives a function to call after drawing; with true it goes to the end in any case. */
export function stickToEnd(scroller) {
  let isAtEnd = true;
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
  };
  scroller.addEventListener("scroll", () => {
    isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  });
  // A picture that has just arrived makes the list longer.
  scroller.addEventListener("load", () => isAtEnd && toEnd(), { capture: true });
  return (always = false) => {
    if (always) isAtEnd = true;
    if (isAtEnd) toEnd();
  };
}
