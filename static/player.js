/** The player: one <audio> for the whole visit, its bar, and every button that starts a sound. */
import "./player/buttons.js";
import "./player/chapters.js";
import "./player/bar.js";
import "./player/sheets.js";
import "./player/speed.js";
import "./player/position.js";
import "./player/sentences.js";
import "./player/captions.js";
import "./player/sleep.js";
import "./player/queue.js";
import "./player/taking.js";
import "./player/undo.js";
import "./player/alone.js";
import "./player/session.js";
import "./player/keys.js";
import "./player/resume.js";
import "./player/progress.js";
import "./player/samples.js";
import { wake } from "./player/engine.js";

wake();
