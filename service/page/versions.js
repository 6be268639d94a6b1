// Two versions side by side: the draft and another one.

import { post, said, Silent } from "./ask.js";
import { at, fill, limit, make, whole } from "./dom.js";
import * as draft from "./draft.js";
import { history, named } from "./own.js";

const PAUSE = 400;
const MOST = 4000; // words; beyond it differences are not marked
let timer = 0;

export function soon(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(compare, pause);
}

async function compare() {
  const a = draft.text(), b = at("other").value;
  if (!a.trim() || !b.trim()) {
    at("compared").hidden = true;
    return;
  }
  try {
    const answer = await post("/v1/compare", { a: named(a), b: named(b), history: history() });
    if (answer) show(answer, a, b);
  } catch (error) {
    if (draft.text() !== a || at("other").value !== b) return; // newer texts are on their way
    at("compared").hidden = false;
    for (const id of ["a-scores", "b-scores", "a-text", "b-text", "items"]) at(id).textContent = ""; // of other texts
    at("verdict").textContent = error instanceof Silent ? "Служба не отвечает. Сравним, когда она вернётся." : said(error);
    if (error.again) soon(error.again);
  }
}

function show(answer, a, b) {
  at("compared").hidden = false;
  at("verdict").textContent = answer.said;
  for (const name of ["a", "b"]) {
    const score = answer[name];
    at(`${name}-scores`).textContent = score.status === "ok"
      ? `польза ${whole(score.usefulness)}, отклик ${whole(score.engagement)}`
      : `без оценки: ${statuses[score.status]?.split(":")[0] ?? "ей нельзя верить"}`;
  }
  const [left, right] = difference(a, b);
  fill(at("a-text"), left);
  fill(at("b-text"), right);
  const items = [];
  if (answer.appeared.length) items.push(`В Б появилось: ${names(answer.appeared)}.`);
  if (answer.vanished.length) items.push(`В Б пропало: ${names(answer.vanished)}.`);
  at("items").textContent = items.join(" ");
}

let titles = {}, statuses = {};
export function know(hints) {
  titles = hints.checklist;
  statuses = hints.statuses;
}
const names = (list) => list.map((name) => titles[name]?.name ?? name).join(", ");

// Words of both texts, those that only one has marked: the longest common subsequence.
function difference(a, b) {
  const one = a.match(/\s+|\S+/g) ?? [], other = b.match(/\s+|\S+/g) ?? [];
  if (one.length * other.length > MOST * MOST / 4) return [[a], [b]];
  const width = other.length + 1;
  const table = new Uint16Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      table[i * width + j] = one[i] === other[j]
        ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  const left = [], right = [];
  let i = 0, j = 0;
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      left.push(one[i++]);
      right.push(other[j++]);
    } else if (j === other.length || (i < one.length && table[(i + 1) * width + j] >= table[i * width + j + 1])) {
      left.push(make("del", one[i++]));
    } else {
      right.push(make("ins", other[j++]));
    }
  }
  return [left, right];
}

const say = (message) => { at("other-said").textContent = message; };

limit(at("other"), say);
at("other").addEventListener("input", () => { say(""); soon(); });
at("fork").addEventListener("click", () => {
  at("other").value = draft.text();
  say("");
  at("other").focus();
  soon();
});
at("take").addEventListener("click", () => draft.write(at("other").value));
