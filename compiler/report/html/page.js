"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const gone = "This text is not in the page, to keep it small; open the file that is named above.";
  // Texts of exports and bodies are put in as text, when they are looked at.
  const fill = (root) => {
    for (const pre of root.querySelectorAll("pre[data-body]:empty")) {
      pre.textContent = data.bodies[pre.dataset.body] ?? gone;
    }
    for (const pre of root.querySelectorAll("pre[data-source]:empty")) {
      pre.textContent = data.sources[pre.dataset.source] ?? gone;
    }
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.open) fill(event.target);
  }, true);

  for (const row of document.querySelectorAll("details[open]")) fill(row);

  for (const form of document.querySelectorAll("form.filters")) {
    const list = document.getElementById("list-" + form.dataset.for);
    const rows = [...list.children].filter((row) => row.tagName === "DETAILS");
    const out = form.querySelector("output");
    const words = new Map();
    const textOf = (row) => {
      let text = words.get(row);
      if (text === undefined) {
        text = row.firstElementChild.textContent.toLowerCase();
        words.set(row, text);
      }
      return text;
    };
    const apply = () => {
      const wanted = new FormData(form);
      const texts = String(wanted.get("text")).toLowerCase().split(/\s+/).filter(Boolean);
      wanted.delete("text");
      const keys = [...wanted].filter(([, value]) => value !== "");
      let shown = 0;
      for (const row of rows) {
        const fits = keys.every(([key, value]) => row.dataset[key].split(" ").includes(value))
          && texts.every((text) => textOf(row).includes(text));
        if (row.hidden === fits) row.hidden = !fits;
        if (fits) shown += 1;
      }
      out.textContent = shown === rows.length ? rows.length + " in all" : shown + " of " + rows.length;
    };
    let timer = 0;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 80); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply, 0));
    form.addEventListener("apply", apply);
    form.querySelector("[data-act=expand]")?.addEventListener("click", () => {
      const shown = rows.filter((row) => !row.hidden);
      const open = !shown.every((row) => row.open);
      for (const row of shown) row.open = open;
    });
    apply();
  }

  for (const button of document.querySelectorAll(".matrix button")) {
    button.addEventListener("click", () => {
      const form = document.querySelector("form[data-for=" + button.dataset.list + "]");
      form.reset();
      for (const key of ["domain", "fate", "effect"]) {
        if (button.dataset[key] && form.elements[key]) form.elements[key].value = button.dataset[key];
      }
      setTimeout(() => {
        form.dispatchEvent(new Event("apply"));
        document.getElementById(button.dataset.list).scrollIntoView();
      }, 0);
    });
  }

  const reveal = () => {
    const row = location.hash.startsWith("#f") && document.getElementById(location.hash.slice(1));
    if (row && row.tagName === "DETAILS") {
      row.hidden = false;
      row.open = true;
      row.scrollIntoView();
      row.firstElementChild.focus();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      document.querySelector("form[data-for=findings] input").focus();
    }
  });

  // Paper shows what is filtered, opened.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.finding:not([open]):not([hidden])")];
    for (const row of closed) row.open = true;
    fill(document.getElementById("list-findings"));
  });
  addEventListener("afterprint", () => { for (const row of closed) row.open = false; });
})();
