"use strict";
// The page is whole without this: it only adds the theme's button, and filters, search and pages over items.
const root = document.documentElement;
const theme = document.getElementById("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

for (const box of document.querySelectorAll(".cases")) {
  const cases = [...box.querySelectorAll(":scope > .case")];
  const form = box.querySelector(".filters");
  const pager = box.querySelector(".pager");
  const size = Number(box.dataset.size);
  const texts = new Map();
  let page = 0;

  const text = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  };
  const put = (name, value) => {
    for (const place of box.querySelectorAll(`[data-n="${name}"]`)) place.textContent = value;
  };
  const show = () => {
    const wanted = {};
    for (const field of form.querySelectorAll("[data-f]")) wanted[field.dataset.f] = field.value;
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = cases.filter((item) => ["o", "s", "l"].every((key) => !wanted[key] || item.dataset[key] === wanted[key])
      && words.every((word) => text(item).includes(word)));
    const pages = Math.max(1, Math.ceil(fitting.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const visible = new Set(fitting.slice(page * size, (page + 1) * size));
    for (const item of cases) item.hidden = !visible.has(item);
    put("shown", fitting.length);
    put("page", page + 1);
    put("pages", pages);
    pager.hidden = pages === 1;
    const [back, on] = pager.querySelectorAll("button");
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
    box.querySelector(".none").hidden = fitting.length > 0;
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { page = 0; show(); });
  pager.addEventListener("click", (event) => {
    const go = event.target.dataset.go;
    if (go) { page += Number(go); show(); }
  });
  show();
}
