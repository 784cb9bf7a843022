// Finds what a person cannot read or press in the page as it is: text that is cut off without a
// sign, things beyond the window's edge, controls under something else, boxes over their neighbours.
// Returns a list of sentences. What scrolls with its content, such as code, may be wider than its box.
const found = [];
const SLACK = 1.5;
const WIDE = ".surface, .cm-scroller, pre, .text, [data-testid='approval-exact']";
const width = document.documentElement.clientWidth;
const height = document.documentElement.clientHeight;

function name(element) {
  const id = element.closest("[data-testid]")?.dataset.testid;
  const own = `${element.tagName.toLowerCase()}${[...element.classList].filter(one => !one.startsWith("svelte-")).map(one => "." + one).join("")}`;
  const text = (element.innerText || element.ariaLabel || "").replace(/\s+/g, " ").trim();
  return `${own}${id ? ` in ${id}` : ""} "${text.slice(0, 60)}"`;
}
function say(element, what) {
  found.push(`${what}: ${name(element)}`);
}
function seen(element) {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1;
}
function hasText(element) {
  return [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
}
function parents(element) {
  const all = [];
  for (let at = element.parentElement; at; at = at.parentElement) all.push(at);
  return all;
}
/** The part of the window in which an element can be seen, given what it scrolls in. */
function frame(element) {
  const box = { left: 0, top: 0, right: width, bottom: height, scrolls: false };
  if (getComputedStyle(element).position === "fixed") return box;
  for (const parent of parents(element)) {
    const style = getComputedStyle(parent);
    if (/auto|scroll/.test(style.overflowX + style.overflowY)) {
      const there = parent.getBoundingClientRect();
      box.left = Math.max(box.left, there.left);
      box.top = Math.max(box.top, there.top);
      box.right = Math.min(box.right, there.right);
      box.bottom = Math.min(box.bottom, there.bottom);
      box.scrolls = true;
    }
    if (style.position === "fixed") break;
  }
  return box;
}
const explained = element => [element, ...parents(element)].some(one => one.title)
  || element.querySelector("[title]") !== null
  || element.parentElement.querySelector(":scope > [aria-expanded=false]") !== null;
// What lies under a dialog or menu is covered on purpose.
const over = [...document.querySelectorAll("[role=dialog], [role=menu], [role=listbox]")].filter(seen).at(-1);
const scope = over ?? document.body;

for (const element of scope.querySelectorAll("*")) {
  if (!(element instanceof HTMLElement) || element.closest(".unseen, .spoken, svg") || !seen(element)) continue;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const wide = element.closest(WIDE) !== null;

  // Cut at its own edge.
  const hides = /hidden|clip/.test(style.overflowX);
  const clamped = style.webkitLineClamp !== "none";
  const sign = style.textOverflow === "ellipsis" || clamped;
  const beyond = element.scrollWidth - element.clientWidth > SLACK;
  if (!wide && hides && beyond && element.innerText?.trim()) {
    if (!sign) say(element, "cut off at its right edge");
    else if (!explained(element)) say(element, "shortened, and nothing says the rest");
  }
  if (!wide && clamped && element.scrollHeight - element.clientHeight > 3 && !explained(element)) {
    say(element, "shortened, and nothing says the rest");
  }
  if (!wide && !clamped && /hidden|clip/.test(style.overflowY) && hasText(element)
    && element.scrollHeight - element.clientHeight > 3) say(element, "cut off at its lower edge");
  if (!wide && /auto|scroll/.test(style.overflowX) && beyond && element.innerText?.trim()
    && !element.matches("textarea, input")) say(element, "scrolls sideways");
  if (!wide && style.overflowX === "visible" && beyond && hasText(element) && style.display !== "inline") {
    say(element, "text sticks out of its box");
  }

  // Beyond the window.
  const matters = hasText(element) || element.matches("button, a, input, textarea, select, [role=dialog], [role=menu]");
  const view = frame(element);
  if (matters && !wide && !parents(element).some(one => one.matches(WIDE))) {
    const sideways = box.left < view.left - SLACK || box.right > view.right + SLACK;
    const upright = !view.scrolls && (box.top < -SLACK || box.bottom > height + SLACK);
    const far = box.bottom <= view.top || box.top >= view.bottom;
    if ((sideways || upright) && !far) say(element, "sticks out of what can be seen");
  }

  // Covered: the middle of a control must be the control.
  if (element.matches("button, a, input, textarea, select, [role=tab], [role=menuitem], [role=menuitemradio]")) {
    const x = (box.left + box.right) / 2;
    const y = (box.top + box.bottom) / 2;
    const inside = x > view.left && x < view.right && y > view.top + 2 && y < view.bottom - 2;
    const top = inside ? document.elementFromPoint(x, y) : null;
    if (top && top !== element && !element.contains(top) && !top.contains(element)
      && !top.closest("[data-testid=notice], header, .slider")) {
      say(element, `covered by ${name(top)}`);
    }
  }
}

// Neighbours in a row or column that lie over each other.
for (const parent of scope.querySelectorAll("*")) {
  if (!/flex|grid/.test(getComputedStyle(parent).display) || parent.closest(WIDE) || !seen(parent)) continue;
  const children = [...parent.children].filter(child => child instanceof HTMLElement && seen(child)
    && !/absolute|fixed|sticky/.test(getComputedStyle(child).position));
  for (let at = 1; at < children.length; at++) {
    const [one, two] = [children[at - 1].getBoundingClientRect(), children[at].getBoundingClientRect()];
    const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
    const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
    if (across > 2 && down > 2) say(children[at], `lies over ${name(children[at - 1])}`);
  }
}
if (document.documentElement.scrollWidth > width + SLACK) found.push("the page is wider than the window");
return [...new Set(found)];
