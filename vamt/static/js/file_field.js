// @ts-check
/**
 * Fields to choose a file (`file_field` in _macros.html): the name of the chosen one, in the page's own words.
 * The browser's input stays where taps, keys and dropped files go.
 */

for (const field of document.querySelectorAll("[data-file-field]")) {
  const input = field.querySelector("input");
  const name = field.querySelector("[data-file-name]");
  if (!input || !name) continue;
  const none = name.textContent;
  const draw = () => {
    name.textContent = input.files?.[0]?.name ?? none;
  };
  input.addEventListener("change", draw);
  for (const type of ["dragenter", "dragover"]) input.addEventListener(type, () => field.classList.add("file-field--over"));
  for (const type of ["dragleave", "drop"]) input.addEventListener(type, () => field.classList.remove("file-field--over"));
  field.classList.add("file-field--ready");
  draw(); // the browser keeps the choice when she comes back
}
