// What reads a user's data files, loaded when the first one is opened, edited or rejected.
export { checkRows } from "../engine/data/check-rows.ts";
export { editableRows } from "../engine/data/editable-rows.ts";
export { openData } from "../engine/data/open-data.ts";
