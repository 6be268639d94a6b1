// The draft desk: the draft goes to this server after every pause in typing, and what comes back is shown.

import { forget, get, post, said, Silent } from "./ask.js";
import { at, fill, letters, make } from "./dom.js";
import * as draft from "./draft.js";
import * as marks from "./marks.js";
import * as own from "./own.js";
import * as scores from "./scores.js";
import * as versions from "./versions.js";

const PAUSE = 350; // milliseconds of silence before a draft is scored

let hints = null;
let timer = 0;
let type = null; // where a person knows better than the model

function complain(message) {
  at("problem").textContent = message;
  at("problem").hidden = !message;
}

function soon(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(score, pause);
}

const reveal = (scored) => { at("answer").hidden = at("fresh").hidden = !scored; };

function clear() {
  forget("/v1/explain");
  reveal(false);
  at("waiting").hidden = false;
  marks.hide();
  own.showNear([]);
  complain("");
}

async function score() {
  const text = draft.text();
  if (!text.trim()) {
    clear();
    return;
  }
  try {
    hints ??= await get("/v1/hints");
    versions.know(hints);
    const answer = await post("/v1/explain", { post: own.named(text), type, history: own.history() });
    if (!answer || draft.text() !== text) return; // a newer draft is on its way
    complain("");
    reveal(true);
    at("waiting").hidden = true;
    scores.show(answer, hints);
    marks.show(answer, text);
    own.showNear(answer.score.neighbours ?? []);
  } catch (error) {
    if (draft.text() !== text) return; // the newer draft is told of instead
    reveal(false); // what stands there speaks of another text
    marks.hide();
    complain(error instanceof Silent ? "Служба не отвечает. Текст цел; оценим, как только она вернётся." : said(error));
    if (error.again) soon(error.again);
  }
}

function edited(other) {
  marks.wait();
  if (other) type = null; // it was said of another text
  soon();
  versions.soon();
}

// Text given in the address after #, where no server sees it: by the bookmark or the extension.
function given() {
  const found = new URLSearchParams(location.hash.slice(1)).get("text");
  if (!found) return;
  history.replaceState(null, "", location.pathname);
  draft.write(Array.from(found).slice(0, draft.most).join(""));
  if (letters(found) > draft.most) draft.say(`Текст длиннее ${draft.most} знаков: взято только начало.`);
}

async function offer() {
  try {
    const examples = await get("/page/examples.json");
    fill(at("examples"), examples.map((one) => {
      const item = make("li");
      item.append(make("button", one.name, { type: "button", click: () => draft.write(one.text) }));
      return item;
    }));
  } catch {
    at("try").hidden = true;
  }
}

// Runs in any page, as the extension does: what is selected there, or all of what is being written. Never a password.
const BOOKMARK = `(()=>{const e=document.activeElement,p=e?.type==="password",v=!p&&typeof e?.value==="string"?e.value:"";
const t=p?"":v.slice(e?.selectionStart??0,e?.selectionEnd??0)||String(getSelection())||v||(e?.isContentEditable?e.innerText:"");
open("ADDRESS/#text="+encodeURIComponent(t))})()`.replace(/\n/g, "");

draft.onChange(edited);
own.onChange(() => { soon(0); versions.soon(); });
at("type").addEventListener("change", () => { type = at("type").value; soon(0); });
window.addEventListener("hashchange", given);
window.addEventListener("online", () => soon(0));
at("bookmarklet").setAttribute("href", `javascript:${BOOKMARK.replace("ADDRESS", location.origin)}`);
at("bookmarklet").addEventListener("click", (event) => event.preventDefault());
await own.recall();
offer();
given();
if (draft.text()) edited(); // the browser has kept the field over a reload
