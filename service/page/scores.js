// What stands beside the draft: gauges, type, checklist, changes that pay, the form.

import { at, fill, make, short, signed, whole } from "./dom.js";
import * as draft from "./draft.js";

const NAMES = { usefulness: "польза", engagement: "отклик" };
const REACTIONS = { likes: "лайки", comments: "комментарии", reposts: "репосты" };
const SIGNS = { found: "✓", missing: "✗", unneeded: "–" };
const SVG = "http://www.w3.org/2000/svg";

function rectangle(kind, from, to) {
  const made = document.createElementNS(SVG, "rect");
  const place = { class: kind, x: from, y: 0, width: Math.max(0.6, to - from), height: 8 };
  for (const [name, value] of Object.entries(place)) made.setAttribute(name, value);
  return made;
}

function gauge(name, value, low, high) {
  at(name).textContent = whole(value);
  const parts = [rectangle("track", 0, 100), rectangle("range", low, high), rectangle("value", value - 0.8, value + 0.8)];
  if (name === "engagement") parts[1] = rectangle("usual", 49.7, 50.3);
  fill(at(`${name}-bar`), parts);
}

const USEFUL = 62.5;

function useful(value) {
  if (value >= USEFUL) return "Житель может этим воспользоваться.";
  return value >= 37.5 ? "Кое-что полезное есть, но не всё." : "Пользы для жителя почти не видно.";
}

// Nothing of the list is missing: that alone makes no post useful.
const complete = (value) => (value >= USEFUL ? "Всё, что нужно жителю, на месте." : "Из этого списка такому посту добавить нечего.");

function lacking(items, usefulness) {
  if (!items.length) return "Текст не русский: чего в нём не хватает, сказать нельзя.";
  return usefulness !== false && items[0].state !== "missing" ? complete(usefulness) : "";
}

function engaging(value) {
  if (value >= 55) return "Скорее соберёт больше обычного.";
  return value > 45 ? "Скорее соберёт как обычно." : "Скорее соберёт меньше обычного.";
}

export function show(answer, hints) {
  const score = answer.score;
  const trusted = score.status === "ok";
  document.querySelector(".gauges").hidden = !trusted;
  at("refused").hidden = trusted;
  at("refused").textContent = trusted ? "" : `Оценки не показаны: ${hints.statuses[score.status].split(":")[0]}.`;
  at("note").hidden = !(trusted && answer.note);
  at("note").textContent = answer.note ?? "";
  if (trusted) numbers(score, answer.expected);
  at("fresh").className = trusted ? "fresh" : "hidden";
  fill(at("fresh"), [trusted
    ? make("a", `Польза ${whole(score.usefulness)} · Отклик ${whole(score.engagement)}`, { href: "#gauges" })
    : at("refused").textContent]);
  at("model").textContent = score.model;
  type(answer, hints);
  const order = ["missing", "found", "unneeded"];
  const sorted = [...answer.checklist].sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
  fill(at("checklist"), sorted.map(item));
  at("missing-said").textContent = lacking(sorted, trusted && score.usefulness);
  changes(answer, trusted);
  at("form").textContent = answer.form.name[0].toUpperCase() + answer.form.name.slice(1);
  at("form-why").textContent = answer.form.why;
}

function numbers(score, expected) {
  gauge("usefulness", score.usefulness, score.usefulness_low, score.usefulness_high);
  gauge("engagement", score.engagement, 0, 0);
  const [low, high] = [whole(score.usefulness_low), whole(score.usefulness_high)];
  const range = low === high ? `Почти наверняка ${low}` : `В 8 случаях из 10 — от ${low} до ${high}`;
  at("usefulness-said").textContent = `${useful(score.usefulness)} ${range}.`;
  const whose = score.memory_posts
    ? ` Личный: по прежним постам страницы (${score.memory_posts}); без них ${whole(score.engagement_general)}.`
    : "";
  at("engagement-said").textContent = `${engaging(score.engagement)} Обычный пост — 50.${whose}${expected ? ` ${expected.said}` : ""}`;
  fill(at("reactions"), Object.entries(REACTIONS).map(([name, said]) => {
    const pair = make("div");
    pair.append(make("dt", said), make("dd", whole(score[`engagement_${name}`])));
    return pair;
  }));
}

function type(answer, hints) {
  if (!at("type").options.length) {
    fill(at("type"), Object.entries(hints.types).map(([value, name]) => make("option", name, { value })));
  }
  at("type").value = answer.score.type;
  const own = answer.score.type !== answer.guessed_type;
  at("type-said").textContent = own
    ? `Модель приняла бы за «${hints.types[answer.guessed_type]}». Оценки от этого не меняются, чек-лист и советы — да.`
    : "Модель узнала так. Ошиблась — поправьте.";
}

function item(one) {
  const row = make("li", "", { class: one.state });
  const body = make("div");
  const state = { found: "есть", missing: "нет", unneeded: "здесь не нужно" }[one.state];
  const title = make("p");
  title.append(make("strong", one.title[0].toUpperCase() + one.title.slice(1)), make("span", ` — ${state}`));
  body.append(title);
  if (one.why) body.append(make("p", one.why));
  if (one.example) body.append(make("p", `Например: ${one.example}`, { class: "soft" }));
  for (const place of one.places) {
    const quoted = short(draft.text().slice(place.utf16_start, place.utf16_stop), 60);
    const spoken = `Показать в тексте: ${quoted}`;
    body.append(make("button", quoted, { type: "button", class: "place", title: spoken, click: () => draft.select(place) }), " ");
  }
  row.append(make("span", SIGNS[one.state], { class: "sign", "aria-hidden": "true" }), body);
  return row;
}

function changes(answer, trusted) {
  const found = answer.changes;
  const nothing = trusted
    ? "Из того, что мы попробовали, ничего не поднимает оценки заметно."
    : "Когда текст можно будет оценить, здесь появятся советы.";
  at("if-said").textContent = found.length
    ? "Каждый вариант мы уже оценили: вот насколько он лучше. Примеры замените своими сведениями."
    : nothing;
  fill(at("changes"), found.map(change));
}

function change(one) {
  const row = make("li");
  const body = make("div");
  body.append(make("p", one.title), make("p", one.why, { class: "soft" }));
  const gains = make("p");
  for (const [name, said] of Object.entries(NAMES)) {
    if (Math.abs(one[name]) < 0.5) continue;
    if (gains.hasChildNodes()) gains.append(", ");
    gains.append(make("span", `${said} ${signed(one[name])}`, { class: `gain ${one[name] > 0 ? "up" : "down"}` }));
  }
  body.append(gains);
  const examples = one.examples.map((place) => one.text.slice(place.utf16_start, place.utf16_stop));
  if (examples.length) body.append(make("p", `Пример в тексте: ${examples.join("; ")}`, { class: "soft" }));
  const label = `Применить: ${one.title}`;
  const button = make("button", "Применить", { type: "button", class: "main", "aria-label": label });
  button.addEventListener("click", () => draft.write(one.text, one.examples));
  row.append(body, button);
  return row;
}
