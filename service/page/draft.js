"use strict";

// The draft goes to /v1/score of this server and nowhere else; nothing is kept here either.

const PAUSE = 400; // milliseconds of silence before a draft is scored
const WORDS = 8; // of each kind

const at = (id) => document.getElementById(id);
const percent = (value) => String(Math.round(value));
const signed = (value) => (value > 0 ? "+" : "−") + Math.abs(value).toFixed(1).replace(".", ",");

let hints = null;
let timer = 0;
let asked = 0;

function element(name, text, style) {
  const made = document.createElement(name);
  made.textContent = text;
  if (style) made.className = style;
  return made;
}

async function ask(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body;
}

function complain(message) {
  at("problem").textContent = message;
  at("problem").hidden = !message;
}

function showScores(score) {
  for (const name of ["usefulness", "engagement"]) {
    at(name).value = score[name];
    at(name + "-value").textContent = percent(score[name]);
  }
  at("usefulness-note").textContent =
    `В 8 случаях из 10 — от ${percent(score.usefulness_low)} до ${percent(score.usefulness_high)}`;
  at("engagement-note").textContent =
    `Лайки ${percent(score.engagement_likes)}, комментарии ${percent(score.engagement_comments)}, ` +
    `репосты ${percent(score.engagement_reposts)}; 50 — как обычно`;
  at("type").textContent = hints.types[score.type];
  at("status").textContent = hints.statuses[score.status];
  at("status").hidden = score.status === "ok";
  at("model").textContent = score.model;
}

function showChecklist(checklist) {
  const items = Object.entries(checklist).map(([name, present]) => {
    const hint = hints.checklist[name];
    if (present) return element("li", `✓ ${hint.name}`, "present");
    if (present === null) return element("li", `– ${hint.name}: здесь не нужно`, "unneeded");
    return element("li", `✗ ${hint.name}. ${hint.missing}`, "absent");
  });
  at("checklist").replaceChildren(...items);
}

function wordList(words, score, sign) {
  const total = new Map(); // a word that stands twice is shown once
  for (const word of words) {
    const text = word.text.toLowerCase();
    total.set(text, (total.get(text) ?? 0) + word[score]);
  }
  const moved = [...total].filter(([, points]) => points * sign >= 0.05);
  moved.sort((one, other) => (other[1] - one[1]) * sign);
  return moved.slice(0, WORDS).map(([text, points]) => `${text} ${signed(points)}`).join(", ") || "нет";
}

function showWords(words) {
  const lists = [];
  for (const [score, name] of [["usefulness", "Пользу"], ["engagement", "Отклик"]]) {
    lists.push(element("dt", `${name} подняли`), element("dd", wordList(words, score, 1), "raised"));
    lists.push(element("dt", `${name} снизили`), element("dd", wordList(words, score, -1), "lowered"));
  }
  at("words").replaceChildren(...lists);
}

async function score() {
  const text = at("draft").value;
  const turn = ++asked;
  if (!text.trim()) {
    at("answer").hidden = true;
    complain("");
    return;
  }
  try {
    hints ??= await ask("/v1/hints");
    const answer = await ask("/v1/score", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ posts: [{ text }], explain: true }),
    });
    if (turn !== asked) return; // a newer draft is on its way
    const [found] = answer.scores;
    complain(found.error ? found.error.message : "");
    at("answer").hidden = Boolean(found.error);
    if (found.error) return;
    showScores(found);
    showChecklist(found.checklist);
    showWords(found.words);
  } catch (error) {
    if (turn === asked) complain(error instanceof TypeError ? "Служба не отвечает. Проверьте, запущена ли она." : error.message);
  }
}

at("draft").addEventListener("input", () => {
  at("length").textContent = `Знаков: ${Array.from(at("draft").value).length}`;
  clearTimeout(timer);
  timer = setTimeout(score, PAUSE);
});
at("form").addEventListener("submit", (event) => event.preventDefault());
