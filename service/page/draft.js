// The draft itself: its text, a way back from every change, what still has to be filled in.

import { at, count, fill } from "./dom.js";

const field = at("draft");
const before = []; // texts before each change made by a button
let examples = []; // texts put in for the person to replace
let told = () => {};

export const text = () => field.value;
export const focus = () => field.focus();
export const caret = () => field.selectionStart;

export function onChange(listener) {
  told = listener;
  field.addEventListener("input", changed);
  at("undo").addEventListener("click", undo);
  at("copy").addEventListener("click", copy);
  window.addEventListener("resize", fit);
}

function changed() {
  at("length").textContent = count(Array.from(field.value).length, "знак", "знака", "знаков");
  at("undo").disabled = !before.length;
  at("copy").disabled = !field.value;
  at("try").hidden = Boolean(field.value);
  at("done").textContent = "";
  fit();
  remind();
  told();
}

// The field is as high as its text, so that highlights lie where the words do.
export function fit() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function remind() {
  const left = examples.filter((example) => field.value.includes(example));
  at("fill").hidden = !left.length;
  at("fill").textContent = left.length ? `Это примеры, впишите своё: ${left.map((one) => `«${one}»`).join(", ")}` : "";
}

// Change the draft so that it can be undone; `places` of the new text hold examples to be replaced.
export function write(changedText, places = []) {
  before.push({ text: field.value, examples: [...examples] });
  field.value = changedText;
  examples.push(...places.map((one) => changedText.slice(one.utf16_start, one.utf16_stop)));
  changed();
  field.focus();
  if (places.length) field.setSelectionRange(places[0].utf16_start, places[0].utf16_stop);
}

function undo() {
  const last = before.pop();
  if (!last) return;
  field.value = last.text;
  examples = last.examples;
  changed();
  at("done").textContent = "Вернули как было.";
  field.focus();
}

async function copy() {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch { // not a secure address, or not allowed
    field.select();
    document.execCommand("copy");
  }
  at("done").textContent = at("fill").hidden ? "Скопировано." : "Скопировано вместе с примерами: впишите своё.";
}

export function select(place) {
  field.focus();
  field.setSelectionRange(place.utf16_start, place.utf16_stop);
}

export function underline(pieces) {
  fill(at("under"), pieces);
}

field.addEventListener("keydown", (event) => {
  const wanted = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.code === "KeyZ";
  // After a change by a button the browser has nothing of its own to undo.
  if (wanted && before.length && field.value !== typed) {
    event.preventDefault();
    undo();
  }
});
let typed = ""; // what the field held when a person last typed
field.addEventListener("input", () => { typed = field.value; });
