/** Files that go along with a form: listed, checked, and kept in the input until the form is sent. */
import { whyNot } from "./checks.js";
import { addRow, announce, fill, iconButton, refuse, tidy } from "./rows.js";

const chosen = new WeakMap();
const key = (file) => `${file.name}/${file.size}/${file.lastModified}`;

function store(zone) {
  const transfer = new DataTransfer();
  for (const { file } of chosen.get(zone)) transfer.items.add(file);
  zone.querySelector('input[type="file"]').files = transfer.files;
}

/** Add `files` to those that the form takes along; what can't go is named at once. */
export function choose(zone, files) {
  const kept = chosen.get(zone) ?? [];
  chosen.set(zone, kept);
  const known = new Set(kept.map(({ file }) => key(file)));
  const most = Number(zone.dataset.maxFiles) || Infinity;
  let refused = 0;
  for (const file of files) {
    if (known.has(key(file))) continue;
    known.add(key(file));
    const row = addRow(zone, file);
    const reason = kept.length >= most ? `is one too many: choose up to ${most} files.` : whyNot(file, zone);
    if (reason) {
      refuse(row, file.name, reason);
      refused += 1;
      continue;
    }
    kept.push({ file, row });
    fill(row, row.querySelector(".drop__note"), iconButton("x", `Leave out ${file.name}`, "dropRow"));
  }
  store(zone);
  announce(`${kept.length} files chosen${refused ? `, ${refused} refused` : ""}`);
}

/** Take the file of `row` out of the form again. */
export function leaveOut(zone, row) {
  const kept = chosen.get(zone) ?? [];
  chosen.set(zone, kept.filter((one) => one.row !== row));
  row.remove();
  store(zone);
  tidy(zone);
  zone.querySelector('input[type="file"]').focus();
}
