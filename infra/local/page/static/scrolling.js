/** Keeps a list of messages scrolled to its end while a person reads there. */

const NEAR_PX = 80;

/**
 * Keeps `scroller` at the end of `list` while the person is there. Gives a function that scrolls to
 * the end if the person is there; with true, in any case.
 */
export function stickToEnd(scroller, list) {
  let isAtEnd = true;
  let height = 0;
  const toEnd = () => {
    height = scroller.scrollHeight;
    scroller.scrollTop = height;
  };
  scroller.addEventListener("scroll", () => {
    // A growing list causes scroll events, too; only a person's scrolling counts.
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
