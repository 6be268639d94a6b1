// The archive of one's own page: read by the server, which keeps nothing of it unless the person wants it in the store.

import { get, post, remove, Silent } from "./ask.js";
import { at, count, fill, make, short } from "./dom.js";

const LARGEST = 5 * 1024 * 1024;
const KEY = "own";
const WHERE = {
  page: "Архив пропадёт, когда вы закроете страницу. На сервере он не остаётся.",
  browser: "Архив лежит в этом браузере. На сервере он не остаётся.",
  scores: "Числа и даты постов останутся в хранилище службы. Текстов она не держит, поэтому похожих постов не покажет.",
  texts: "Посты останутся в хранилище службы, вместе с текстами: их увидит тот, кто её ведёт.",
};

let posts = null; // what was read from the file, while the page is open or out of this browser
let page = null; // whose memory the service has: { platform, page_id }
let store = "none"; // what the service keeps: none, scores, texts
let listen = () => {};

export const history = () => (page ? undefined : posts ?? undefined);
export const named = (text) => ({ text, ...page });

export function onChange(listener) {
  listen = listener;
}

const say = (message) => { at("own-said").textContent = message; };
const complain = (error) => say(error instanceof Silent ? "Служба не отвечает. Попробуйте ещё раз." : error.message);
const place = () => document.querySelector('input[name="place"]:checked').value;

function shelf(act, mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("merilo", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("archive");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = act(opening.result.transaction("archive", mode).objectStore("archive"));
      asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
      asked.onerror = () => { opening.result.close(); reject(asked.error); };
    };
  });
}

const put = (value) => shelf((kept) => (value ? kept.put(value, KEY) : kept.delete(KEY)), "readwrite");

// Put the archive where the person wants it, and out of where it was.
async function keep() {
  const where = place();
  page = null;
  at("place-said").textContent = WHERE[where === "store" ? store : where];
  if (where === "store" && posts) await send();
  try {
    await put(page ? { page } : where === "browser" && posts ? { posts } : null);
  } catch { // a private window
    say(`${at("own-said").textContent} Браузер не даёт хранить: после закрытия страницы архив придётся дать снова.`);
  }
  at("forget").hidden = !posts && !page;
  listen();
}

// Into the store: scored there, found again by the name of the page.
async function send() {
  const { platform, page_id } = posts[0];
  if (!page_id) {
    say("В архиве не сказано, чьи это посты: в хранилище их было бы не найти. Оставьте архив в браузере.");
    return;
  }
  say("Отправляю в хранилище…");
  try {
    const answer = await post("/v1/score?store=true", { posts });
    if (!answer) return;
    page = { platform, page_id };
    say(`В хранилище: ${count(answer.stored, "пост", "поста", "постов")}.`);
  } catch (error) {
    complain(error);
  }
}

// Out of the store, if the person still wants that when they know how much it is. Gives what to say, or null where
// everything stays as it was.
async function leave() {
  const address = `/v1/posts?${new URLSearchParams({ platform: page.platform ?? "", page_id: page.page_id })}`;
  try {
    const { posts: number } = await remove(`${address}&dry=true`);
    const told = count(number, "пост", "поста", "постов");
    const sure = `Удалить из хранилища службы всё, что известно о постах этой страницы (${told} с оценками), кто бы это ни прислал? Вернуть можно будет только из архива.`;
    if (!window.confirm(sure)) return null;
    await remove(address);
    return `Удалено из хранилища: ${told}.`;
  } catch (error) {
    if (error.status === 404) return "В хранилище этих постов уже нет.";
    if (error.status === 401 || error.status === 403) return `Архив забыт здесь, но в хранилище остался. ${error.message}`;
    complain(error);
    return null;
  }
}

// Another place was chosen: what lay in the store must not stay there unnoticed.
async function move() {
  const said = page ? await leave() : "";
  if (said === null) {
    document.querySelector('input[name="place"][value="store"]').checked = true;
    return;
  }
  await keep();
  if (said) say(said);
}

export async function recall() {
  get("/health/ready").then(offer, () => {});
  const kept = (await shelf((one) => one.get(KEY), "readonly").catch(() => null)) ?? {};
  posts = kept.posts ?? null;
  page = kept.page ?? null;
  if (!posts && !page) return;
  document.querySelector(`input[name="place"][value="${page ? "store" : "browser"}"]`).checked = true;
  at("place-said").textContent = page ? "" : WHERE.browser;
  say(page ? "Отклик личный: прежние посты страницы лежат в хранилище службы." : `Архив на месте: ${count(posts.length, "пост", "поста", "постов")}.`);
  at("forget").hidden = false;
}

function offer(service) {
  store = service.store;
  at("in-store").hidden = store === "none";
  if (page) at("place-said").textContent = WHERE[store];
}

async function take(file) {
  if (!file) return;
  if (file.size > LARGEST) {
    say("Файл больше 5 МБ. Сохраните в нём только последние посты: хватит пятисот.");
    return;
  }
  say("Читаю…");
  try {
    const answer = await post("/v1/archive", new Blob([file]));
    if (!answer) return;
    posts = answer.posts.length ? answer.posts : null;
    say(answer.said);
    await keep();
  } catch (error) {
    complain(error);
  }
}

async function forget() {
  const said = page ? await leave() : "Архив забыт.";
  if (said === null) return;
  posts = null;
  at("archive").value = "";
  showNear([]);
  await keep();
  say(said);
}

// The likest earlier posts, by their id and date, with the words where this browser has them.
export function showNear(near) {
  at("near").hidden = !near.length;
  fill(at("neighbours"), near.map((one) => {
    const known = posts?.find((post) => (one.post_id ? post.post_id === one.post_id : post.date === one.date));
    const times = Math.max(one.lift, 1 / one.lift);
    const told = times.toFixed(1).replace(".", ",").replace(",0", "");
    const lift = times < 1.1 ? "как обычно" : `в ${told} раза ${one.lift > 1 ? "больше" : "меньше"} обычного`;
    const day = one.date && new Date(one.date.slice(0, 10)).toLocaleDateString("ru-RU", { dateStyle: "long", timeZone: "UTC" });
    const counts = [["likes", "лайки"], ["comments", "комментарии"], ["reposts", "репосты"]]
      .filter(([name]) => one[name] !== null)
      .map(([name, said]) => `${said} ${one[name]}`)
      .join(", ");
    const row = make("li");
    row.append(make("p", short(known?.text ?? (one.post_id ? `Пост ${one.post_id}` : ""), 160)));
    row.append(make("p", `${day ?? "без даты"} · ${counts} — ${lift}`, { class: "soft" }));
    return row;
  }));
}

at("archive").addEventListener("change", () => take(at("archive").files[0]));
at("places").addEventListener("change", move);
at("forget").addEventListener("click", forget);
for (const name of ["dragover", "dragleave", "drop"]) {
  at("drop").addEventListener(name, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") take(event.dataTransfer.files[0]);
  });
}
