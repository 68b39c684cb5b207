// What is wrong with the page as it is laid out: a list of sentences.
() => {
  const wrong = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 1;
  const named = (element) => `${element.tagName.toLowerCase()} “${(element.innerText || element.id || "").trim().slice(0, 30)}”`;

  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) {
    const widest = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > room + 1);
    wrong.push(`wider than the window: ${widest.slice(0, 3).map(named).join(", ")}`);
  }

  // 44 CSS pixels; a link inside a sentence, a caption or a table's cell is exempt (WCAG 2.5.8).
  const targets = "button, .button, select, textarea, summary, .links a, nav a, footer a, .option label, .check label, " +
    "input:not([type=hidden], [type=radio], [type=checkbox])";
  for (const target of document.querySelectorAll(targets)) {
    const box = target.getBoundingClientRect();
    if (shown(target) && box.height < 43.5) wrong.push(`${named(target)} is ${Math.round(box.height)} high`);
  }

  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of document.body.querySelectorAll("*")) {
    const speaks = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!speaks || !shown(element)) continue;
    const [high, low] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) wrong.push(`${named(element)} has a contrast of ${contrast.toFixed(1)}`);
  }
  return wrong;
}
