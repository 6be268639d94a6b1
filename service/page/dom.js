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

export const letters = (text) => Array.from(text).length; // as the service counts them, an emoji for one

// A field takes so many letters as its `data-most` says, for `maxlength` counts an emoji twice and cuts in silence. What
// is put in beyond that is left out aloud; what fits is put in so that the browser can undo it.
export function limit(field, say) {
  const breaks = { insertLineBreak: "\n", insertParagraph: "\n" };
  field.addEventListener("beforeinput", (event) => {
    const put = event.data ?? event.dataTransfer?.getData("text/plain") ?? breaks[event.inputType] ?? "";
    const given = Array.from(put.replace(/\r\n?/g, "\n"));
    const { value, selectionStart: start, selectionEnd: stop } = field;
    const room = Math.max(0, field.dataset.most - letters(value.slice(0, start) + value.slice(stop)));
    if (given.length <= room || !event.cancelable) return;
    event.preventDefault();
    if (room) document.execCommand("insertText", false, given.slice(0, room).join(""));
    say(`Вставлено не всё: ${count(given.length - room, "знак не вошёл", "знака не вошли", "знаков не вошли")}.`);
  });
}

// A part of a text, short enough for a line.
export function short(text, most = 40) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…` : line;
}
