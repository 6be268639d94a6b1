// The model's card in plain words: its own figures, read from the service.

import { get, Silent } from "./ask.js";
import { at, count, fill, make } from "./dom.js";

const number = (value) => value.toFixed(3).replace(".", ",");
const cases = (share) => count(Math.round(100 * share), "случае", "случаях", "случаях");
const find = (figures, words) => figures.find((one) => words.every((word) => one.name.includes(word)));

function say(figures) {
  const useful = find(figures, ["AUC «полезен»"]);
  if (useful) {
    at("useful").textContent = `Насколько этому верить: если взять полезный пост и бесполезный, модель не путает их в ${cases(useful.value)} из 100.`;
  }
  const text = find(figures, ["лайки", "поздние посты", "только текст"]), memory = find(figures, ["лайки", "поздние посты", "с памятью"]);
  if (text && memory) {
    at("engaging").textContent = `Насколько этому верить: из двух постов одной страницы модель узнаёт тот, у которого больше лайков, в ${cases(text.value)} из 100 по одному тексту и в ${Math.round(100 * memory.value)} — когда знает прежние посты страницы. Угадывая наугад, попадали бы в 50.`;
  }
}

try {
  const card = await get("/v1/model");
  at("model").textContent = card.id;
  const figures = card.metrics.headline ?? [];
  say(figures);
  fill(at("figures"), figures.map((one) => {
    const row = make("tr");
    const range = one.low == null ? "" : ` (${number(one.low)}–${number(one.high)})`;
    row.append(make("th", one.name, { scope: "row" }), make("td", `${number(one.value)}${range}`));
    return row;
  }));
} catch (error) {
  at("problem").textContent = error instanceof Silent ? "Служба не отвечает. Обновите страницу чуть позже." : error.message;
  at("problem").hidden = false;
}
