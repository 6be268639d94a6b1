// Small words for the page: elements are made from text, never from HTML.

export const at = (id) => document.getElementById(id);

export function make(name, text = "", more = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(more)) {
    if (key === "class") made.className = value;
    else if (key === "click") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  return made;
}

export function fill(element, children) {
  element.replaceChildren(...children);
  return element;
}

export const whole = (value) => String(Math.round(value));
export const tenths = (value) => Math.abs(value).toFixed(1).replace(".", ",");
export const signed = (value) => (value < 0 ? "−" : "+") + tenths(value);

// 1 пункт, 2 пункта, 5 пунктов; a fraction takes the second form.
export function count(number, one, few, many) {
  const last = number % 10, two = number % 100;
  if (last === 1 && two !== 11) return `${number} ${one}`;
  return `${number} ${last >= 2 && last <= 4 && (two < 12 || two > 14) ? few : many}`;
}

// A part of a text, short enough for a line.
export function short(text, most = 40) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…` : line;
}
