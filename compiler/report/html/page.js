"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROWS = 50;
  const gone = "This text is not in the page, to keep it small; open the file that is named above.";
  // The rows were made by the template engine, which escapes every text. Nothing else may become
  // markup: the page's policy allows only what passes through here.
  const trusted = window.trustedTypes?.createPolicy("rehome", { createHTML: (text) => text });
  const markup = (text) => {
    const holder = document.createElement("template");
    holder.innerHTML = trusted ? trusted.createHTML(text) : text;
    return holder.content;
  };
  // Texts of exports and bodies are put in as text, when they are looked at.
  const fill = (root) => {
    for (const pre of root.querySelectorAll("pre[data-body]:empty")) {
      pre.textContent = data.bodies[pre.dataset.body] ?? gone;
    }
    for (const pre of root.querySelectorAll("pre[data-source]:empty")) {
      pre.textContent = data.sources[pre.dataset.source] ?? gone;
    }
  };
  // A long line of an export is scrolled to what is marked in it.
  const aim = (root) => {
    for (const mark of root.querySelectorAll("pre > mark")) {
      const pre = mark.parentElement;
      const beyond = mark.getBoundingClientRect().right - pre.getBoundingClientRect().right;
      if (beyond > 0) pre.scrollLeft += beyond + pre.clientWidth / 3;
    }
  };
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    fill(event.target);
    aim(event.target);
  }, true);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const show = (element) => element.scrollIntoView({ behavior: reduced.matches ? "instant" : "smooth", block: "start" });

  const lists = new Map();
  for (const form of document.querySelectorAll("form.filters")) {
    const name = form.dataset.for;
    const rows = data[name];
    const box = document.getElementById("list-" + name);
    const pager = document.querySelector(".pager[data-for=" + name + "]");
    const out = form.querySelector("output");
    // What fits the filter, and what of it is listed: what follows from a cause is folded under it
    // until somebody asks for it, by a filter or with the cause's button.
    let matches = rows.map((_, at) => at);
    let listed = matches;
    let page = 0;
    const unfolded = new Set();

    const button = (text, label, to, off) => {
      const one = document.createElement("button");
      one.type = "button";
      one.textContent = text;
      one.setAttribute("aria-label", label);
      one.disabled = off;
      one.addEventListener("click", () => { draw(to); show(form); });
      return one;
    };
    const draw = (to) => {
      page = to;
      const last = Math.max(0, Math.ceil(listed.length / ROWS) - 1);
      const from = page * ROWS;
      const shown = listed.slice(from, from + ROWS);
      if (rows.length > 0) box.replaceChildren(markup(shown.map((at) => rows[at].h).join("")));
      for (const one of box.querySelectorAll("[data-unfold]")) {
        one.setAttribute("aria-expanded", matches.length < rows.length || unfolded.has(Number(one.dataset.unfold)));
      }
      pager.replaceChildren();
      if (last > 0) {
        const words = document.createElement("span");
        words.textContent = (from + 1) + " to " + (from + shown.length) + " of " + listed.length;
        pager.append(
          button("«", "First page", 0, page === 0), button("‹ Back", "Previous page", page - 1, page === 0), words,
          button("Next ›", "Next page", page + 1, page === last), button("»", "Last page", last, page === last));
      }
    };
    const apply = () => {
      const wanted = new FormData(form);
      const texts = String(wanted.get("text")).toLowerCase().split(/\s+/).filter(Boolean);
      wanted.delete("text");
      const keys = [...wanted].filter(([, value]) => value !== "");
      matches = [];
      rows.forEach((row, at) => {
        if (keys.every(([key, value]) => row.k[key].split(" ").includes(value))
          && texts.every((text) => row.t.includes(text))) matches.push(at);
      });
      fold();
      draw(0);
    };
    const fold = () => {
      const all = matches.length === rows.length;
      listed = all ? matches.filter((at) => !rows[at].u || unfolded.has(rows[at].u)) : matches;
      const folded = matches.length - listed.length;
      out.textContent = (all ? rows.length + " in all" : matches.length + " of " + rows.length)
        + (folded > 0 ? ", " + folded + " folded" : "");
    };
    box.addEventListener("click", (event) => {
      const number = Number(event.target.closest?.("[data-unfold]")?.dataset.unfold);
      if (!number || matches.length < rows.length) return;
      if (!unfolded.delete(number)) unfolded.add(number);
      fold();
      draw(page);
      box.querySelector("[data-unfold='" + number + "']")?.focus();
    });
    let timer = 0;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 80); });
    form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
    form.addEventListener("reset", () => setTimeout(apply, 0));
    form.querySelector("[data-act=expand]")?.addEventListener("click", () => {
      const shown = [...box.querySelectorAll(":scope > details")];
      const open = !shown.every((row) => row.open);
      for (const row of shown) row.open = open;
    });
    // A row by its number, whatever is filtered and paged.
    const reveal = (at) => {
      if (!matches.includes(at)) { form.reset(); apply(); }
      if (rows[at].u && !unfolded.has(rows[at].u)) { unfolded.add(rows[at].u); fold(); }
      draw(Math.floor(listed.indexOf(at) / ROWS));
    };
    // Paper shows all that is filtered; findings and differences are opened, rules stay closed.
    const print = () => {
      box.replaceChildren(markup(matches.map((at) => rows[at].h).join("")));
      if (name !== "constructs") for (const row of box.querySelectorAll(":scope > details")) row.open = true;
      fill(box);
    };
    lists.set(name, { form, apply, reveal, print, again: () => draw(page) });
    apply();
  }

  for (const cell of document.querySelectorAll(".matrix button")) {
    cell.addEventListener("click", () => {
      const { form, apply } = lists.get(cell.dataset.list);
      form.reset();
      for (const key of ["domain", "fate", "effect"]) {
        if (cell.dataset[key] && form.elements[key]) form.elements[key].value = cell.dataset[key];
      }
      setTimeout(() => { apply(); show(document.getElementById(cell.dataset.list)); }, 0);
    });
  }

  // `#f12` is finding 12, wherever it is paged.
  const reveal = () => {
    const number = /^#f(\d+)$/.exec(location.hash)?.[1];
    if (!number || number < 1 || number > data.findings.length) return;
    lists.get("findings").reveal(number - 1);
    const row = document.getElementById("f" + number);
    row.open = true;
    row.scrollIntoView();
    row.firstElementChild.focus();
  };
  addEventListener("hashchange", reveal);
  // A link to the finding that is in the address already changes nothing; go there all the same.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#f']");
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();

  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("form[data-for=findings] input").focus();
      return;
    }
    // j and k go from finding to finding.
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const heads = [...document.querySelectorAll("#list-findings > details > summary")];
    const at = heads.indexOf(document.activeElement?.closest?.("#list-findings > details")?.firstElementChild);
    const next = heads[at < 0 ? 0 : at + step];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  });

  addEventListener("beforeprint", () => { for (const list of lists.values()) list.print(); });
  addEventListener("afterprint", () => { for (const list of lists.values()) list.again(); });
})();
