// The archive of one's own page: read by the server, which keeps nothing of it unless the person wants it in the store.

import { get, post, remove, Silent } from "./ask.js";
import { at, count, fill, make, short } from "./dom.js";

const LARGEST = 5 * 1024 * 1024;
const KEY = "own";
const WHERE = {
  page: "Архив пропадёт, когда вы закроете страницу. На сервере он не остаётся.",
  browser: "Архив будет лежать в этом браузере, пока вы его не забудете. На сервере он не остаётся.",
  scores: "Числа и даты постов останутся в хранилище службы. Текстов она не держит, поэтому похожих постов не покажет.",
  texts: "Посты останутся в хранилище службы, вместе с текстами: их увидит тот, кто её ведёт.",
};

let posts = null; // what was read from the file, while the page is open or out of this browser
let page = null; // whose memory the service has: { platform, page_id }
let sent = null; // the posts that lie there as they are here
let local = "page"; // where the archive is held when the store cannot have it
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
const choose = (where) => { document.querySelector(`input[name="place"][value="${where}"]`).checked = true; };
const isOf = (other, one) => one.page_id === other.page_id && (one.platform ?? "") === (other.platform ?? "");

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

// Whether the button has something to do. Nothing goes into the store, nor out of it, before it is pressed: arrow keys
// choose every place that they pass over.
const pending = () => (place() === "store" ? Boolean(posts) && posts !== sent : Boolean(page));

function explain() {
  const where = place(), waits = pending();
  at("move").hidden = !waits;
  at("move").textContent = where === "store" ? "Отправить в хранилище" : "Удалить из хранилища";
  const said = WHERE[where === "store" ? store : where] ?? "";
  if (!waits) at("place-said").textContent = said;
  else if (where !== "store") at("place-said").textContent = "Пока архив лежит в хранилище службы.";
  else at("place-said").textContent = `К отправке: ${count(posts.length, "пост", "поста", "постов")} с текстом, датой и реакциями. ${said} Пока ничего не отправлено.`;
}

// Hold the archive where the person wants it; into the store and out of it only `move` takes it.
async function keep() {
  if (place() !== "store") local = place();
  explain();
  try {
    await put(page ? { page } : local === "browser" && posts ? { posts } : null);
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
    say("В архиве не сказано, чьи это посты: в хранилище их было бы не найти.");
    return;
  }
  say("Отправляю в хранилище…");
  const before = page;
  page = { platform, page_id };
  await put({ page }).catch(() => {}); // before anything lies there: the window may be closed meanwhile
  try {
    const answer = await post("/v1/score?store=true", { posts });
    sent = posts;
    say(`В хранилище: ${count(answer.stored, "пост", "поста", "постов")}.`);
  } catch (error) {
    if (error instanceof Silent) {
      say("Служба не ответила: посты могли лечь в хранилище, а могли и не лечь. Отправьте их ещё раз или забудьте архив.");
    } else {
      page = before;
      complain(error);
    }
  }
}

// Out of the store, if the person still wants that when they know how much it is. Gives what to say, or null where
// everything stays as it was. `why` comes before the question, `whose` says of which page the posts are.
async function leave(why = "", whose = "этой") {
  const address = `/v1/posts?${new URLSearchParams({ platform: page.platform ?? "", page_id: page.page_id })}`;
  try {
    const { posts: number } = await remove(`${address}&dry=true`);
    const told = count(number, "пост", "поста", "постов");
    const sure = `${why}Удалить из хранилища службы всё, что известно о постах ${whose} страницы (${told} с оценками), кто бы это ни прислал? Вернуть можно будет только из архива.`;
    if (!window.confirm(sure)) {
      say(`Всё осталось как было: в хранилище ${told} ${whose} страницы.`);
      return null;
    }
    await remove(address);
    page = sent = null;
    return `Удалено из хранилища: ${told}.`;
  } catch (error) {
    const gone = error.status === 404;
    if (!gone && error.status !== 401 && error.status !== 403) {
      complain(error);
      return null;
    }
    page = sent = null;
    return gone ? "В хранилище этих постов уже нет." : `Архив забыт здесь, но в хранилище остался. ${error.message}`;
  }
}

// The button was pressed: into the store, or out of it.
async function move() {
  if (!pending()) return; // pressed twice
  if (place() === "store") {
    await send();
    if (!page) choose(local);
    await keep();
    return;
  }
  const said = await leave(posts ? "" : "Файла архива в браузере нет: чтобы держать его здесь, придётся дать его снова. ");
  if (said === null) {
    choose("store");
    explain();
    return;
  }
  await keep();
  say(posts ? said : `${said} Здесь архива нет: дайте его файл снова.`);
}

export async function recall() {
  get("/health/ready").then(offer, () => {});
  const kept = (await shelf((one) => one.get(KEY), "readonly").catch(() => null)) ?? {};
  posts = kept.posts ?? null;
  page = kept.page ?? null;
  if (!posts && !page) return;
  choose(page ? "store" : "browser");
  if (!page) local = "browser";
  explain();
  say(page ? "Отклик личный: прежние посты страницы лежат в хранилище службы." : `Архив на месте: ${count(posts.length, "пост", "поста", "постов")}.`);
  at("forget").hidden = false;
}

function offer(service) {
  store = service.store;
  at("in-store").hidden = store === "none";
  explain();
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
    if (!answer.posts.length) {
      say(`${answer.said}${posts || page ? " Прежний архив на месте." : ""}`);
      return;
    }
    const another = page && !isOf(answer.posts[0], page);
    const left = another ? await leave("Новый архив — не той страницы, чьи посты лежат в хранилище. ", "прежней") : "";
    if (left === null) return;
    posts = answer.posts;
    say(answer.said);
    await keep();
    if (left) say(`${left} ${at("own-said").textContent}`);
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

// One after another: what an act leaves in the store the next must know of.
let acts = Promise.resolve();
const act = (what) => { acts = acts.catch(() => {}).then(what); };

at("archive").addEventListener("click", () => { at("archive").value = ""; }); // the same file may be given again
at("archive").addEventListener("change", () => act(() => take(at("archive").files[0])));
at("places").addEventListener("change", () => act(keep));
at("move").addEventListener("click", () => act(move));
at("forget").addEventListener("click", () => act(forget));
for (const name of ["dragover", "dragleave", "drop"]) {
  at("drop").addEventListener(name, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", name === "dragover");
    const [file] = event.dataTransfer.files; // gone once the event is over
    if (name === "drop") act(() => take(file));
  });
}
