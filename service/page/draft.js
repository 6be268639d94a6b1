// The draft itself: its text, a way back from every change, what still has to be filled in.

import { at, count, fill, letters, limit } from "./dom.js";

const field = at("draft");
const SAME = 1 / 3; // of the words of the shorter text; with fewer in common one did not come out of the other
const steps = []; // what the field held, in the order it did: each change by a button, and what was typed between two
let now = -1; // the step that the field holds, or held before something was typed
let last = ""; // the last text that was not blank
let examples = []; // texts put in for the person to replace
let told = () => {};

export const text = () => field.value;
export const focus = () => field.focus();
export const caret = () => field.selectionStart;
export const most = Number(field.dataset.most);
export const say = (message) => { at("done").textContent = message; };

export function onChange(listener) {
  told = listener;
  limit(field, say);
  field.addEventListener("input", () => changed());
  at("undo").addEventListener("click", undo);
  at("redo").addEventListener("click", redo);
  at("copy").addEventListener("click", copy);
  window.addEventListener("resize", fit);
}

// `left`: examples that the new text has, where it is known; those of a text that is gone are no longer asked about.
function changed(left = null) {
  const other = isOther(last, field.value);
  if (field.value.trim()) last = field.value;
  examples = left ?? (other ? [] : examples);
  const long = letters(field.value);
  const full = long >= most ? ": больше не войдёт" : "";
  at("length").textContent = count(long, "знак", "знака", "знаков") + full;
  at("undo").disabled = now < 0 || (now === 0 && !typed());
  at("redo").disabled = typed() || now === steps.length - 1;
  at("copy").disabled = !field.value;
  at("try").hidden = Boolean(field.value);
  say("");
  fit();
  remind();
  told(other);
}

// Whether a text was put in place of another, rather than made out of it by a correction.
export function isOther(one, other) {
  if (!one.trim() || !other.trim() || stayed(one, other) >= Math.max(one.length, other.length) / 2) return false;
  const [words, others] = [one, other].map((text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu)));
  const least = Math.min(words.size, others.size);
  return !least || [...words].filter((word) => others.has(word)).length < SAME * least;
}

// How many letters stand in both before and after what was typed.
function stayed(one, other) {
  const shorter = Math.min(one.length, other.length);
  let head = 0, tail = 0;
  while (head < shorter && one[head] === other[head]) head++;
  while (tail < shorter - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  return head + tail;
}

// The field is as high as its text, so that highlights lie where the words do.
export function fit() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function remind() {
  const left = [...new Set(examples)].filter((example) => field.value.includes(example));
  at("fill").hidden = !left.length;
  at("fill").textContent = left.length ? `Это примеры, впишите своё: ${left.map((one) => `«${one}»`).join(", ")}` : "";
}

// Change the draft so that it can be undone; `places` of the new text hold examples to be replaced.
export function write(changedText, places = []) {
  settle();
  const put = places.map((one) => changedText.slice(one.utf16_start, one.utf16_stop));
  steps.push({ text: changedText, examples: [...(isOther(last, changedText) ? [] : examples), ...put] });
  show(steps.length - 1);
  if (places.length) field.setSelectionRange(places[0].utf16_start, places[0].utf16_stop);
}

const typed = () => now < 0 || field.value !== steps[now].text;

// What was typed becomes a step of its own. After a step back it goes behind all others, so that none is lost.
function settle() {
  if (now >= 0 && now < steps.length - 1) steps.push(steps[now]);
  if (typed()) steps.push({ text: field.value, examples });
  now = steps.length - 1;
}

function show(step) {
  now = step;
  field.value = steps[now].text;
  changed(steps[now].examples);
  field.focus();
}

function undo() {
  if (typed()) settle();
  show(now - 1);
  say("Вернули как было.");
}

function redo() {
  show(now + 1);
  say("Вернули отменённое.");
}

async function copy() {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch { // not a secure address, or not allowed
    field.select();
    document.execCommand("copy");
  }
  say(at("fill").hidden ? "Скопировано." : "Скопировано вместе с примерами: впишите своё.");
}

export function select(place) {
  field.focus();
  field.setSelectionRange(place.utf16_start, place.utf16_stop);
}

export function underline(pieces) {
  fill(at("under"), pieces);
}

// Typing is undone by the browser; after a change by a button it has nothing of its own to undo.
field.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || typed()) return;
  const forth = event.code === "KeyY" || (event.code === "KeyZ" && event.shiftKey);
  const button = forth ? at("redo") : event.code === "KeyZ" ? at("undo") : null;
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});
