/** Everything that is not the player: one module a concern, all listening on the document. */
import "./app/navigation.js";
import "./app/notices.js";
import "./app/disclosure.js";
import "./app/forms.js";
import "./app/drafts.js";
import "./app/theme.js";
import "./app/shortcuts.js";
import "./app/storykeys.js";
import "./app/reading.js";
import "./app/zone.js";
import "./app/spoken.js";
import "./app/focus.js";
import "./app/selection.js";
import "./app/bulkbar.js";
import "./app/copying.js";
