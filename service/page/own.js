// The archive of one's own page: read by the server, which keeps nothing of it, and kept here, if wanted, in IndexedDB.

import { post, Silent } from "./ask.js";
import { at, fill, make, short } from "./dom.js";

const LARGEST = 5 * 1024 * 1024;
const KEY = "posts";

let posts = null;
let told = () => {};

export const history = () => posts ?? undefined;

export function onChange(listener) {
  told = listener;
}

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

const keep = (value) => shelf((store) => store.put(value, KEY), "readwrite");
const drop = () => shelf((store) => store.delete(KEY), "readwrite");

async function remember() {
  try {
    if (posts && at("keep").checked) await keep(posts);
    else await drop();
  } catch {
    at("own-said").textContent += " Браузер не даёт хранить: архив пропадёт, когда вы закроете страницу.";
  }
}

export async function recall() {
  try {
    posts = (await shelf((store) => store.get(KEY), "readonly")) ?? null;
  } catch { // a private window
    posts = null;
  }
  if (posts) {
    at("keep").checked = true;
    at("own-said").textContent = `Архив на месте: постов ${posts.length}.`;
    at("forget").hidden = false;
  }
}

async function take(file) {
  if (!file) return;
  if (file.size > LARGEST) {
    at("own-said").textContent = "Файл больше 5 МБ. Сохраните в нём только последние посты: хватит пятисот.";
    return;
  }
  at("own-said").textContent = "Читаю…";
  try {
    const answer = await post("/v1/archive", new Blob([file]));
    if (!answer) return;
    posts = answer.posts.length ? answer.posts : null;
    at("own-said").textContent = answer.said;
    at("forget").hidden = !posts;
    await remember();
    told();
  } catch (error) {
    at("own-said").textContent = error instanceof Silent ? "Служба не отвечает. Попробуйте ещё раз." : error.message;
  }
}

// The likest earlier posts, by their id and date, with the words that only this browser has.
export function showNear(near) {
  at("near").hidden = !near.length;
  fill(at("neighbours"), near.map((one) => {
    const known = posts?.find((post) => post.date === one.date && (post.post_id ?? null) === one.post_id);
    const times = Math.max(one.lift, 1 / one.lift);
    const lift = times < 1.1 ? "как обычно" : `в ${times.toFixed(1).replace(".", ",")} раза ${one.lift > 1 ? "больше" : "меньше"} обычного`;
    const counts = [["likes", "лайки"], ["comments", "комментарии"], ["reposts", "репосты"]]
      .filter(([name]) => one[name] !== null)
      .map(([name, said]) => `${said} ${one[name]}`)
      .join(", ");
    const row = make("li");
    row.append(make("p", short(known?.text ?? one.post_id ?? "", 160)));
    row.append(make("p", `${(one.date ?? "").slice(0, 10)} · ${counts} — ${lift}`, { class: "soft" }));
    return row;
  }));
}

at("archive").addEventListener("change", () => take(at("archive").files[0]));
at("keep").addEventListener("change", remember);
at("forget").addEventListener("click", async () => {
  posts = null;
  at("archive").value = "";
  at("forget").hidden = true;
  at("own-said").textContent = "Архив забыт.";
  showNear([]);
  await remember();
  told();
});
for (const name of ["dragover", "dragleave", "drop"]) {
  at("drop").addEventListener(name, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") take(event.dataTransfer.files[0]);
  });
}
