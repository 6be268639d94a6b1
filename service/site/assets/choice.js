"use strict";

// No more than five pages can be compared, and one is not enough.

const MOST = 5;
const boxes = [...document.querySelectorAll("#choice input[name='page']")];

function look() {
  const chosen = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.disabled = !box.checked && chosen >= MOST;
  document.querySelector("#choice button").disabled = chosen < 2;
}

if (boxes.length) {
  for (const box of boxes) box.addEventListener("change", look);
  addEventListener("pageshow", look);
  look();
}
