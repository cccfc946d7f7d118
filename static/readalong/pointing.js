/** Finds the word under a press of the mouse or a finger. */

const NEAR = 4;
const CONTROLS = "a, button, input, select, textarea, summary, label, audio, video, [contenteditable]";

/** Whether `event` is a plain press on text, and not a link, a drag or a selection. */
export function isPlainPress(event) {
  if (event.defaultPrevented || event.button !== 0 || event.detail > 1) return false;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  if (event.target.closest?.(CONTROLS)) return false;
  return getSelection()?.isCollapsed ?? true;
}

/** The character of `page` at a point of the window, or -1 beside the text. */
export function characterAt(page, x, y) {
  const [node, offset] = caretAt(x, y);
  if (!node || node.nodeType !== Node.TEXT_NODE) return -1;
  for (const place of [offset, offset - 1]) {
    if (place < 0 || place >= node.data.length) continue;
    const range = document.createRange();
    range.setStart(node, place);
    range.setEnd(node, place + 1);
    const hit = [...range.getClientRects()].some(
      (box) => x >= box.left - NEAR && x <= box.right + NEAR && y >= box.top - NEAR && y <= box.bottom + NEAR,
    );
    if (hit) return page.indexOf(node, place);
  }
  return -1;
}

function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const found = document.caretPositionFromPoint(x, y);
    return found ? [found.offsetNode, found.offset] : [];
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? [range.startContainer, range.startOffset] : [];
}
