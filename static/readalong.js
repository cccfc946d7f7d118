/** Reading along: the words of a narration light up while they are said. */
import "./readalong/attach.js";
