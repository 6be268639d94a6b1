// Where the server is: kept in this browser.

const field = document.getElementById("address");
const said = document.getElementById("said");

chrome.storage.local.get("address").then(({ address }) => { field.value = address ?? "http://127.0.0.1:8000"; });
document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { origin, protocol } = new URL(field.value);
  if (protocol !== "http:" && protocol !== "https:") {
    said.textContent = "Нужен адрес, который начинается с http:// или https://.";
    return;
  }
  await chrome.storage.local.set({ address: origin });
  field.value = origin;
  said.textContent = "Сохранено.";
});
