/** Keeps a list of messages at its end while a person reads there. */

const NEAR_PX = 80;

/** Watches `list` in `scroller`; gives a function that goes to the end (with true in any case). */
export function stickToEnd(scroller, list) {
  let isAtEnd = true;
  let height = 0;
  const toEnd = () => {
    height = scroller.scrollHeight;
    scroller.scrollTop = height;
  };
  scroller.addEventListener("scroll", () => {
    // A list that has grown scrolls too; only a person who scrolls leaves the end.
    if (scroller.scrollHeight !== height) return;
    isAtEnd = height - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  });
  const observer = new ResizeObserver(() => {
    if (isAtEnd) toEnd();
    height = scroller.scrollHeight;
  });
  observer.observe(list); // a picture that has just arrived makes it longer
  observer.observe(scroller);
  return (always = false) => {
    if (always) isAtEnd = true;
    if (isAtEnd) toEnd();
  };
}
