/** What can be told of a file before it is sent. The server decides by content; this only spares a wait. */

const PICTURES = "Pictures can be JPEG, PNG, WebP, GIF or AVIF.";
const SOUNDS = "Sounds can be MP3, M4A, Ogg, Opus, FLAC or WAV.";
const KNOWN = new Set([
  "image/jpeg", "image/png", "image/apng", "image/webp", "image/gif", "image/avif",
  "audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/ogg", "audio/opus", "audio/vorbis",
  "audio/flac", "audio/x-flac", "audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave", "video/mp4", "application/ogg",
]);
const NAMED = /\.(jpe?g|png|webp|gif|avif|mp3|m4a|m4b|mp4|og[ga]|opus|flac|wave?)$/i;
const WORDS = [
  [/^image\/svg/, `is an SVG drawing. ${PICTURES}`],
  [/^image\/hei[cf]/, `is a HEIC photo, which most browsers can't show. ${PICTURES}`],
  [/^text\/html/, "is a web page. Only pictures and sounds can be uploaded."],
  [/^text\//, "is text. Only pictures and sounds can be uploaded."],
  [/^application\/pdf/, "is a PDF document. Only pictures and sounds can be uploaded."],
  [/^video\//, "is a video. Only pictures and sounds can be uploaded."],
  [/^image\//, `is a kind of picture that can't be kept. ${PICTURES}`],
  [/^audio\//, `is a kind of sound that can't be kept. ${SOUNDS}`],
];
const MEGABYTE = 1024 * 1024;

/** Say a size as limits are written, rounded up: 20 MB, 0.3 MB. */
export function megabytes(size) {
  return `${(Math.ceil((size * 10) / MEGABYTE) / 10).toFixed(1).replace(/\.0$/, "")} MB`;
}

/** Say a size as pages do: 900 B, 12 kB, 1.9 MB. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 9_950_000 ? 1 : 0)} MB`;
}

/** Whether the browser takes `file` for a picture. */
export const isPicture = (file) => file.type.startsWith("image/");

/** Whether the browser can show `file`, should it be what it seems. */
export const canBeShown = (file) => !file.isFolder && file.size > 0 && /^image\/(jpeg|png|webp|gif|avif)$/.test(file.type);

/** Say why `file` will not be taken, reading on from its name; null if it may be. */
export function whyNot(file, zone) {
  if (file.isFolder) return "is a folder. Drop the files in it instead.";
  if (file.size === 0) return "is empty.";
  if (!KNOWN.has(file.type) && !(NAMED.test(file.name) && !WORDS.some(([type]) => type.test(file.type)))) {
    const words = WORDS.find(([type]) => type.test(file.type));
    return words ? words[1] : `is neither a picture nor a sound we know. ${PICTURES} ${SOUNDS}`;
  }
  const [limit, kind] = isPicture(file) ? [zone.dataset.maxImage, "A picture"] : [zone.dataset.maxAudio, "A sound"];
  if (limit && file.size > Number(limit)) return `is ${megabytes(file.size)}. ${kind} may be up to ${megabytes(Number(limit))}.`;
  return null;
}

/** Return the files of a drop, with folders marked as such: reading one as a file would fail. */
export function droppedFiles(transfer) {
  const items = [...(transfer.items ?? [])].filter((item) => item.kind === "file");
  if (!items.length) return [...transfer.files];
  return items.flatMap((item) => {
    const file = item.getAsFile();
    if (file && item.webkitGetAsEntry?.()?.isDirectory) file.isFolder = true;
    return file ? [file] : [];
  });
}
