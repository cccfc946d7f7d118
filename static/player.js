/** The player: one <audio> for the whole visit, its bar, and every button that starts a sound. */
import "./player/buttons.js";
import "./player/bar.js";
import "./player/speed.js";
import "./player/session.js";
import "./player/keys.js";
import "./player/resume.js";
import "./player/progress.js";
import { wake } from "./player/engine.js";

wake();
