// Opens the draft desk of one's own server with the selected text, or with that of the field one writes in.

const USUAL = "http://127.0.0.1:8000";
const MENU = "merilo";

// Runs in the page: what is selected there, or all of what is being written.
function written() {
  const field = document.activeElement;
  if (field?.type === "password") return "";
  const value = typeof field?.value === "string" ? field.value : "";
  return (
    value.slice(field?.selectionStart ?? 0, field?.selectionEnd ?? 0) ||
    String(getSelection()) ||
    value ||
    (field?.isContentEditable ? field.innerText : "")
  );
}

async function check(tab) {
  let text = "";
  if (tab?.id) {
    const found = await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: written }).catch(() => []);
    text = found[0]?.result ?? "";
  }
  const { address = USUAL } = await chrome.storage.local.get("address");
  // After # nothing is sent to a server: the page itself takes the text from there.
  await chrome.tabs.create({ url: `${address}/#text=${encodeURIComponent(text)}` });
}

chrome.runtime.onInstalled.addListener(() => {
  chrome.contextMenus.create({ id: MENU, title: "Проверить в Мериле", contexts: ["selection", "editable"] });
});
// `selectionText` loses the ends of lines, so the page is asked first.
chrome.contextMenus.onClicked.addListener((_, tab) => check(tab));
chrome.action.onClicked.addListener((tab) => check(tab));
