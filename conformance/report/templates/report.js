"use strict";
// Everything on the page can be read without this: it filters, opens, and copies.
const form = document.getElementById("part-filters");
const rules = [...document.querySelectorAll(".rule")];
const parts = [...document.querySelectorAll("main > .part")];
const unfiltered = new Map(parts.map((part) => [part, part.open]));
const texts = new Map();
const textOf = (rule) => {
  if (!texts.has(rule)) texts.set(rule, rule.textContent.toLowerCase());
  return texts.get(rule);
};

function filter() {
  const { outcome, level, text } = Object.fromEntries(new FormData(form));
  const wanted = text.trim().toLowerCase();
  const shown = new Set();
  const filtered = Boolean(outcome || level || wanted);
  for (const rule of rules) {
    const matches =
      (!outcome || rule.dataset.outcome === outcome) &&
      (!level || rule.dataset.level === level) &&
      (!wanted || textOf(rule).includes(wanted));
    rule.hidden = !matches;
    if (matches && rule.id) shown.add(rule.id);
  }
  for (const section of document.querySelectorAll("main > section, main > .part")) {
    const inside = [...section.querySelectorAll(".rule")];
    section.hidden = inside.length ? inside.every((rule) => rule.hidden) : filtered;
    if (inside.length && "open" in section) section.open = filtered ? !section.hidden : unfiltered.get(section);
  }
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = [...group.querySelectorAll(".rule")].every((rule) => rule.hidden);
  }
  document.getElementById("part-none").hidden = shown.size > 0;
  const all = rules.filter((rule) => rule.id).length;
  document.getElementById("part-count").value = filtered ? `${shown.size} of ${all} rules` : "";
}

function openTarget() {
  const rule = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (rule?.matches(".part")) rule.open = true;
  if (!rule || !rule.matches("details.rule")) return;
  if (rule.hidden) {
    form.reset();
    filter();
  }
  const part = rule.closest(".part");
  if (part) part.open = true;
  rule.open = true;
  rule.scrollIntoView();
}

async function copy(button) {
  const source = button.parentElement.querySelector("pre");
  const { whole } = button.dataset;
  try {
    await navigator.clipboard.writeText(whole ?? source.textContent);
    button.textContent = "Copied";
  } catch {
    if (whole !== undefined) source.textContent = whole;
    getSelection().selectAllChildren(source);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

if (form) {
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  const toggle = document.getElementById("part-toggle");
  toggle.addEventListener("click", () => {
    const open = toggle.textContent === "Open all";
    for (const one of [...parts, ...rules]) if ("open" in one) one.open = open;
    toggle.textContent = open ? "Close all" : "Open all";
  });
  addEventListener("hashchange", openTarget);
  filter();
  openTarget();
}
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
let closed = [];
const onPaper = ".part, .rule:is(.failed, .flaky, .error), .rule:is(.failed, .flaky, .error) details";
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll(onPaper)].filter((one) => !one.open && "open" in one);
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
