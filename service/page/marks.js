// Highlights over the draft: findings of style, or what each phrase gives to a score.

import { at, fill, make, short, signed } from "./dom.js";
import * as draft from "./draft.js";

const FAINT = 1; // points; a phrase that gives less is not coloured
const LEGENDS = {
  findings: "Нажмите на подчёркнутое: что это и как исправить.",
  usefulness: "Сплошная черта — фраза поднимает пользу, прерывистая — снижает. Вклады всех фраз вместе и дают оценку.",
  engagement: "Сплошная черта — фраза поднимает отклик, прерывистая — снижает. Вклады всех фраз вместе и дают оценку.",
};
const NAMES = { usefulness: "пользе", engagement: "отклику" };
const LOST = { usefulness: "польза", engagement: "отклик" };

let answer = null;
let scored = "";
let shown = [];
let now = null;

const mode = () => document.querySelector('input[name="mode"]:checked').value;

export function show(explained, text) {
  answer = explained;
  scored = text;
  at("marking").hidden = false;
  redraw();
}

export function hide() {
  answer = null;
  at("marking").hidden = true;
  draft.underline([]);
}

// While a new text is on its way the old places are wrong.
export function wait() {
  draft.underline([]);
  close();
}

function close() {
  at("mark").hidden = true;
  now = null;
}

// `back`: to the place in the text; who is in the text already keeps the caret where it is.
function leave(back) {
  const place = now;
  close();
  paint();
  if (back) draft.select(place);
}

function redraw() {
  close();
  const kind = mode();
  at("legend").textContent = LEGENDS[kind];
  shown = kind === "findings"
    ? answer.findings
    : answer.contributions.phrases.filter((one) => Math.abs(one[kind]) >= FAINT);
  paint();
  fill(at("marks"), list(kind));
  if (kind === "findings" && !shown.length) at("legend").textContent = "Замечаний нет.";
}

function look(one) {
  const kind = mode();
  return kind === "findings" ? "" : one[kind] > 0 ? "up" : "down";
}

const size = (one) => one.utf16_stop - one.utf16_start;

// Of several that cover a place the shortest: a long sentence must not hide what is wrong inside it.
function covering(from, to) {
  const over = shown.filter((one) => one.utf16_start <= from && to <= one.utf16_stop);
  return over.reduce((best, one) => (!best || size(one) < size(best) ? one : best), null);
}

function paint() {
  const edges = [...new Set(shown.flatMap((one) => [one.utf16_start, one.utf16_stop]))].sort((a, b) => a - b);
  const pieces = [];
  let last = 0;
  for (const edge of [...edges, scored.length]) {
    const part = scored.slice(last, edge);
    const one = part && covering(last, edge);
    if (one) pieces.push(make("mark", part, { class: `${look(one)}${one === now ? " now" : ""}` }));
    else pieces.push(part);
    last = edge;
  }
  pieces.push("\n");
  draft.underline(pieces);
}

function list(kind) {
  const order = kind === "findings" ? shown : [...shown].sort((one, other) => Math.abs(other[kind]) - Math.abs(one[kind]));
  return order.map((one) => {
    const quoted = short(scored.slice(one.utf16_start, one.utf16_stop)) || "здесь";
    const said = kind === "findings" ? `${one.title}: ${quoted}` : `${quoted} ${signed(one[kind])}`;
    const button = make("button", said, { type: "button", class: look(one), click: () => open(one, true) });
    const item = make("li");
    item.append(button);
    return item;
  });
}

function open(one, focused) {
  if (draft.text() !== scored) return; // the text has moved on, and so have its places
  now = one;
  const kind = mode();
  const quoted = make("p");
  quoted.append(make("strong", `«${short(scored.slice(one.utf16_start, one.utf16_stop), 90)}»`));
  const parts = [quoted];
  if (kind === "findings") {
    parts.unshift(make("h3", one.title[0].toUpperCase() + one.title.slice(1)));
    parts.push(make("p", one.why));
    if (one.fix === null) parts.push(make("p", `Например: ${one.example}`));
    else parts.push(mending(one));
    parts.push(make("p", `Правило на настоящих постах: ${one.proof}.`, { class: "soft" }));
  } else {
    const points = signed(one[kind]).slice(1);
    parts.push(make("p", one[kind] > 0 ? `Фраза прибавляет к ${NAMES[kind]} ${points}.` : `Из-за фразы ${LOST[kind]} меньше на ${points}.`));
    parts.push(make("p", "Это средняя разница: с фразой и без неё — после всего, что до неё, и перед всем, что после.", { class: "soft" }));
  }
  parts.push(make("button", "Закрыть", { type: "button", click: () => leave(true) }));
  fill(at("mark"), parts);
  at("mark").hidden = false;
  paint();
  if (focused) at("mark").focus();
}

function mending(one) {
  const row = make("p");
  const said = one.fix === "" ? "Убрать" : `Написать «${short(one.fix, 60)}»`;
  row.append(make("button", `${said} — применить`, { type: "button", class: "main", click: () => apply(one) }));
  return row;
}

function apply(one) {
  if (draft.text() !== scored) return;
  const { utf16_start: start, utf16_stop: stop, text } = one.edit;
  draft.write(scored.slice(0, start) + text + scored.slice(stop));
}

at("draft").addEventListener("click", () => {
  if (!answer) return;
  const caret = draft.caret();
  const hit = covering(caret, caret);
  if (hit) open(hit, false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && now) leave(at("mark").contains(document.activeElement));
});
for (const one of document.querySelectorAll('input[name="mode"]')) one.addEventListener("change", () => answer && redraw());
