"use strict";

// An archive goes to /v1/archives of this server; how far it has come is told by its events.

const at = (id) => document.getElementById(id);
const said = { queued: "Ждёт очереди", running: "Оцениваю", done: "Готово", failed: "Не получилось" };
const number = (value) => value.toLocaleString("ru-RU");

function complain(message) {
  at("problem").textContent = message;
  at("problem").hidden = !message;
}

function show(name, share) {
  at("doing").textContent = name;
  if (share === null) at("bar").removeAttribute("value");
  else at("bar").value = share * 100;
}

function end() {
  document.querySelector("#upload button").disabled = false;
}

function tellSkipped(files) {
  const [head, list] = at("skipped").children;
  head.textContent = `Не прочитано файлов внутри архива: ${number(files.length)}`;
  list.replaceChildren(
    ...files.map(({ name, reason }) => {
      const item = document.createElement("li");
      item.textContent = `${name}: ${reason}`;
      return item;
    }),
  );
  at("skipped").hidden = !files.length;
}

function tell(job) {
  const share = job.state === "done" ? 1 : job.size ? (job.read ?? 0) / job.size : null;
  show(said[job.state], job.state === "queued" ? null : share);
  at("count").textContent =
    `Строк прочитано: ${number(job.received)}, отклонено: ${number(job.refused)}, сохранено: ${number(job.stored)}`;
  tellSkipped(job.skipped);
  if (job.state === "failed") complain(job.error ?? "Архив не обработан. Отправьте его ещё раз.");
  if (job.state === "done") {
    at("result").href = `/v1/archives/${job.id}/result`;
    at("rejects").href = `/v1/archives/${job.id}/result?part=rejects`;
    at("refused").hidden = !job.refused;
    at("done").hidden = false;
  }
}

function watch(id) {
  const events = new EventSource(`/v1/archives/${id}/events`);
  events.addEventListener("progress", ({ data }) => {
    const job = JSON.parse(data);
    tell(job);
    if (job.state === "done" || job.state === "failed") {
      events.close();
      end();
    }
  });
  events.addEventListener("problem", ({ data }) => complain(JSON.parse(data).message));
  // A browser comes again by itself, and the service goes on where it was.
  events.addEventListener("open", () => complain(""));
  events.addEventListener("error", () => complain("Связь прервалась, пробую снова. Архив уже на сервере, работа идёт."));
}

function message(answer) {
  try {
    return JSON.parse(answer).error.message;
  } catch {
    return "Служба не отвечает. Проверьте, запущена ли она, и отправьте архив ещё раз.";
  }
}

function send(file) {
  const request = new XMLHttpRequest(); // fetch does not tell how much is sent
  request.open("POST", `/v1/archives?out=${at("kind").value}&name=${encodeURIComponent(file.name.slice(-200))}`);
  request.upload.addEventListener("progress", ({ loaded, total }) => show("Загружаю", total ? loaded / total : null));
  request.addEventListener("load", () => {
    if (request.status === 202) {
      const job = JSON.parse(request.response);
      tell(job);
      watch(job.id);
      return;
    }
    complain(message(request.response));
    at("work").hidden = true;
    end();
  });
  request.addEventListener("error", () => {
    complain(message(""));
    at("work").hidden = true;
    end();
  });
  request.send(file);
}

at("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  complain("");
  at("done").hidden = true;
  at("work").hidden = false;
  at("count").textContent = "";
  show("Загружаю", 0);
  document.querySelector("#upload button").disabled = true;
  send(at("file").files[0]);
});
