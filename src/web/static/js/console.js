// Opens the search by the key "/", unless something is being typed.
document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  const isTyped = at && (at.matches("input, textarea, select") || at.isContentEditable);
  const field = document.getElementById("find");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyped || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
