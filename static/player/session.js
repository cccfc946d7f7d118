/** The system's own media controls: lock screen, headset, keyboard keys. */
import { isPlaying, length, now, pause, play, seek, skip, speed, state } from "./engine.js";
import { hasNext, playNext, playPrevious } from "./queue.js";

const session = navigator.mediaSession;

function describe() {
  const { item } = state;
  session.metadata = item
    ? new MediaMetadata({
        title: item.title,
        artist: item.by,
        album: "Earshot",
        artwork: item.image ? [{ src: new URL(item.image, location.href).href }] : [],
      })
    : null;
}

function place() {
  session.playbackState = state.item ? (isPlaying() ? "playing" : "paused") : "none";
  const duration = length();
  if (duration) session.setPositionState?.({ duration, playbackRate: speed(), position: Math.min(now(), duration) });
}

if (session) {
  document.addEventListener("earshot:item", describe);
  for (const name of ["item", "play", "pause", "seek", "end", "error"]) document.addEventListener(`earshot:${name}`, place);
  const handlers = {
    play,
    pause,
    stop: pause,
    seekbackward: ({ seekOffset }) => skip(-(seekOffset || 10)),
    seekforward: ({ seekOffset }) => skip(seekOffset || 30),
    seekto: ({ seekTime }) => seek(seekTime),
  };
  const handle = (action, handler) => {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // This browser doesn't know the action.
    }
  };
  for (const [action, handler] of Object.entries(handlers)) handle(action, handler);
  // A button that leads nowhere is not offered.
  const offer = () => {
    handle("previoustrack", playPrevious);
    handle("nexttrack", hasNext() ? playNext : null);
  };
  document.addEventListener("earshot:queue", offer);
  offer();
}
