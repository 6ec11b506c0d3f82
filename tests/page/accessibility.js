// Looks at the page as an accessibility checker does; gives sentences about what is wrong.
() => {
  const found = [];
  const say = (what, node) => found.push(`${what}: ${node.outerHTML.slice(0, 160)}`);
  const root = document.querySelector("dialog[open]") ?? document.body;
  const all = (selector) => [...root.querySelectorAll(selector)].filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }));
  const textOf = (ids) => ids.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");

  function nameOf(node) {
    const by = node.getAttribute("aria-labelledby");
    const label = [...(node.labels ?? [])].map((one) => one.textContent).join(" ");
    const pictures = [...node.querySelectorAll("img")].map((one) => one.alt).join(" ");
    const shown = node.matches("input, select, textarea") ? "" : node.textContent + pictures;
    return ((by && textOf(by)) || node.getAttribute("aria-label") || label || shown).trim();
  }
  const named = "a[href], button, input:not([type=file]), select, textarea, dialog, nav, aside, [role=region], [role=group], [role=radiogroup], [role=menu], [role=listbox]";
  for (const node of [root, ...all(named)].filter((one) => one.matches(named))) {
    if (!nameOf(node)) say("no name", node);
  }
  for (const node of all("img")) if (!node.hasAttribute("alt")) say("no alternative text", node);
  for (const node of all("[role=menuitem]")) if (!node.closest("[role=menu]")) say("no menu around", node);
  for (const node of all("li")) if (!node.closest("ul, ol")) say("no list around", node);

  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of ids.filter((one, n) => ids.indexOf(one) !== n)) found.push(`twice the id ${id}`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant", "for"]) {
    for (const node of all(`[${name}]`)) {
      for (const id of node.getAttribute(name).split(" ").filter(Boolean)) {
        if (!ids.includes(id)) say(`${name} leads nowhere (${id})`, node);
      }
    }
  }
  if (root === document.body) {
    for (const one of ["main", "h1", "body > header"]) {
      if (all(one).length !== 1) found.push(`not exactly one ${one}`);
    }
  }

  for (const node of all("button, a[href], select, input:not([type=file])")) {
    const { width, height } = node.getBoundingClientRect();
    const isInText = node.matches(".text a, .label a");
    const isBox = node.matches("[type=radio], [type=checkbox]");
    if (!isInText && !isBox && width && (width < 24 || height < 20)) say("too small", node);
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function channels(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }
  const over = (top, below) => top.slice(0, 3).map((value, n) => value * top[3] + below[n] * (1 - top[3]));
  function ground(node) {
    if (!node) return [255, 255, 255];
    const own = channels(getComputedStyle(node).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(node.parentElement));
  }
  function luminance(rgb) {
    const [r, g, b] = rgb.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (node.closest(".unseen, option, :disabled, [aria-hidden=true]")) continue;
    const style = getComputedStyle(node);
    const below = ground(node);
    const [light, dark] = [luminance(over(channels(style.color), below)), luminance(below)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.5 && style.fontWeight >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) say(`contrast ${contrast.toFixed(2)}`, node);
  }
  return found;
}
