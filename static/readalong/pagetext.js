/** The text that stands on the page, as one string, and the way from its characters to text nodes. */
import { last } from "./words.js";

const SILENT = new Set(["PRE", "S", "DEL", "SCRIPT", "STYLE", "SVG", "TEMPLATE", "BUTTON"]);
const APART = new Set("ADDRESS BLOCKQUOTE BR DD DIV DL DT H1 H2 H3 H4 H5 H6 HR LI OL P TABLE TBODY TD TH THEAD TR UL".split(" "));

/** The words of some elements. Nothing in the document is changed. */
export class PageText {
  /** @param {Element[]} regions in the order of the document */
  constructor(regions) {
    this.regions = regions;
    this.nodes = [];
    this.starts = [];
    this.text = "";
    const pieces = [];
    let size = 0;
    const apart = () => {
      pieces.push("\n");
      size += 1;
    };
    const walk = (parent) => {
      for (const child of parent.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) {
          if (!child.data) continue;
          this.nodes.push(child);
          this.starts.push(size);
          pieces.push(child.data);
          size += child.data.length;
        } else if (child.nodeType === Node.ELEMENT_NODE && !SILENT.has(child.nodeName.toUpperCase())) {
          const block = APART.has(child.nodeName);
          if (block) apart();
          walk(child);
          if (block) apart();
        }
      }
    };
    for (const region of regions) {
      walk(region);
      apart();
    }
    this.text = pieces.join("");
  }

  /** The range of the characters `from` to `to`, or null when no text stands there. */
  range(from, to) {
    const first = this.#locate(from, false);
    const end = this.#locate(to, true);
    if (!first || !end) return null;
    const range = document.createRange();
    range.setStart(...first);
    range.setEnd(...end);
    return range;
  }

  /** The character at a place in a text node, or -1 when the node is none of ours. */
  indexOf(node, offset) {
    const index = this.nodes.indexOf(node);
    return index < 0 ? -1 : this.starts[index] + offset;
  }

  #locate(place, isEnd) {
    let index = last(this.starts, isEnd ? place - 1 : place);
    if (index < 0) return null;
    const offset = place - this.starts[index];
    const size = this.nodes[index].data.length;
    // Between two nodes stands the break of a block: go to the nearer side.
    if (!isEnd && offset >= size) {
      index += 1;
      return index < this.nodes.length ? [this.nodes[index], 0] : null;
    }
    return [this.nodes[index], Math.min(offset, size)];
  }
}
