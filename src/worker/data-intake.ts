// The code that reads a user's data files. It is loaded when the first file is opened, edited or rejected.
export { checkRows } from "../engine/data/check-rows.ts";
export { editableRows } from "../engine/data/editable-rows.ts";
export { openData } from "../engine/data/open-data.ts";
