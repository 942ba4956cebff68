// Uses report.html as a reviewer would, in a headless Chromium.
//
//   node check.mjs CHROMIUM SMALL.html CHAINS.html HOSTILE.html BIG.html PICTURES/
//
// Prints a line a check and ends with 1 when one of them fails. The pictures are for looking at.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

// Installed beside the place this is run from.
const { chromium } = createRequire(join(process.cwd(), "x.js"))("playwright-core");
const [, , executablePath, small, chains, hostile, big, pictures] = process.argv;
mkdirSync(pictures, { recursive: true });

// The time that an answer may take before a person waits: one second, and room for a busy machine.
const PATIENCE = 5000;
let failed = 0;
const check = (what, holds, more = "") => {
  console.log((holds ? "ok   " : "FAIL ") + what + (more ? " (" + more + ")" : ""));
  if (!holds) failed += 1;
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

/** A page with a report; whatever it says or asks for is kept. */
const open = async (file, options = {}) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.said = [];
  page.asked = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.said.push(message.text()); });
  page.on("pageerror", (error) => page.said.push(String(error)));
  page.on("dialog", async (dialog) => { page.said.push("dialog: " + dialog.message()); await dialog.dismiss(); });
  const url = pathToFileURL(file).href;
  page.on("request", (request) => { if (request.url() !== url) page.asked.push(request.url()); });
  const begin = Date.now();
  await page.goto(url);
  page.took = Date.now() - begin;
  return page;
};
const output = (page, list) => page.textContent("form[data-for=" + list + "] output");
const said = (page, list, text) => page.waitForFunction(
  ([list, text]) => document.querySelector("form[data-for=" + list + "] output").textContent.includes(text),
  [list, text], { timeout: PATIENCE });
// What opens is filled when the browser tells of it, which is after the click.
const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const quiet = (page, what) => {
  check(what + ": nothing is said on the console", page.said.length === 0, page.said.join(" | "));
  check(what + ": nothing is asked of any network or file", page.asked.length === 0, page.asked.join(" "));
};

// A small report, used with mouse and keyboard.
{
  const page = await open(small);
  const all = await page.locator("#list-findings > details").count();
  check("findings are listed", all > 10, all + "");

  await page.selectOption("form[data-for=findings] select[name=level]", "error");
  await said(page, "findings", " of ");
  const levels = await page.locator("#list-findings .badge").allTextContents();
  check("a filter leaves what it says", levels.length > 0 && levels.every((one) => one === "error"), levels.length + " errors");

  await page.click("form[data-for=findings] button[type=reset]");
  await said(page, "findings", "in all");
  const code = (await page.locator("#list-findings .code").first().textContent()).trim();
  await page.fill("form[data-for=findings] input", code);
  await said(page, "findings", " of ");
  const codes = await page.locator("#list-findings .code").allTextContents();
  check("a search finds by code", codes.length > 0 && codes.includes(code), code + ": " + codes.length);
  await page.fill("form[data-for=findings] input", "no such text anywhere");
  await said(page, "findings", "0 of ");
  check("a search that finds nothing shows nothing", await page.locator("#list-findings > details").count() === 0);
  await page.click("form[data-for=findings] button[type=reset]");
  await said(page, "findings", "in all");

  const first = page.locator("#list-findings > details:has(.side pre)").first();
  await first.locator("summary").first().click();
  await painted(page);
  check("a finding opens", await first.evaluate((row) => row.open));
  check("it shows the lines of the export", (await first.locator(".side pre").first().textContent()).length > 10);
  // A line that is too long for its box shows what is marked in it.
  const marks = await page.evaluate(() => {
    const rows = [...document.querySelectorAll("#list-findings > details:has(pre > mark)")];
    for (const row of rows) row.open = true;
    return rows.length;
  });
  await painted(page);
  const hidden = await page.evaluate(() => [...document.querySelectorAll("#list-findings pre > mark")].filter((mark) => {
    const [box, pre] = [mark.getBoundingClientRect(), mark.parentElement.getBoundingClientRect()];
    return box.left >= pre.right || box.left < pre.left;
  }).length);
  check("what is marked is in sight", marks > 0 && hidden === 0, hidden + " of " + marks + " rows hide it");
  await page.click("form[data-for=findings] button[type=reset]");
  await said(page, "findings", "in all");
  await painted(page);
  check("the list is closed again", await page.locator("#list-findings > details[open]").count() === 0);

  const body = page.locator("#list-findings > details:has(pre[data-body])").first();
  await body.locator("summary").first().click();
  await painted(page);
  check("a finding shows the emitted body", (await body.locator("pre[data-body]").first().textContent()).includes("{"));

  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("/");
  check("/ goes to the search", await page.evaluate(() => document.activeElement.name === "text"));
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const second = () => page.evaluate(() => document.querySelectorAll("#list-findings > details")[1].open);
  const before = await second();
  await page.keyboard.press("Enter");
  check("j, j, Enter open or close the second finding", await second() !== before);
  check("the focus can be seen", await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none"));

  const number = page.locator(".matrix button[data-list=constructs][data-fate=dropped]").first();
  if (await number.count() > 0) {
    const dropped = Number(await number.textContent());
    await number.click();
    await said(page, "constructs", dropped + " of ");
    check("a number of the matrix filters the rules and objects", true, dropped + " dropped");
  }
  const row = page.locator("#list-constructs > details").first();
  await row.locator("summary").click();
  await painted(page);
  check("a rule shows what the export says", (await row.locator("pre[data-source]").textContent()).length > 5);
  const says = await page.locator("#list-constructs .says").allTextContents();
  check("rules have both texts side by side", says.length > 0 && await page.locator("#list-constructs .becomes").count() === says.length);

  check("every part of the report has a name for screen readers", await page.evaluate(() =>
    [...document.querySelectorAll("section, nav, form")].every((part) => part.ariaLabel || part.getAttribute("aria-labelledby"))
    && [...document.querySelectorAll("input, select, textarea")].every((field) => field.ariaLabel || field.closest("label"))
    && [...document.querySelectorAll("svg[role=img]")].every((drawing) => drawing.ariaLabel)));
  check("there are no two elements of one id", await page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return new Set(ids).size === ids.length;
  }));

  await page.goto(pathToFileURL(small).href + "#f3");
  await page.reload();
  check("a link to a finding opens it", await page.evaluate(() => document.getElementById("f3").open));

  quiet(page, "small");
  await page.close();
  for (const scheme of ["light", "dark"]) {
    const shown = await open(small, { colorScheme: scheme });
    await shown.evaluate(() => { for (const row of [...document.querySelectorAll("#list-findings > details")].slice(0, 2)) row.open = true; });
    await painted(shown);
    await shown.screenshot({ path: join(pictures, scheme + ".png"), fullPage: true });
    const contrast = await shown.evaluate(() => {
      const rgb = (color) => color.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => {
        const part = (c) => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
        return .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
      };
      const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
          const color = rgb(getComputedStyle(at).backgroundColor);
          if (color.length < 4 || color[3] > 0) return color;
        }
        return [255, 255, 255];
      };
      let least = [99, ""];
      for (const element of document.querySelectorAll("p, span, b, small, td, th, dd, dt, a, h1, h2, h3, h4, figcaption, label, button, caption, output")) {
        if (!element.textContent.trim() || !element.checkVisibility() || element.disabled) continue;
        const [one, two] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
        const ratio = (Math.max(one, two) + .05) / (Math.min(one, two) + .05);
        if (ratio < least[0]) least = [ratio, element.className + " " + element.textContent.trim().slice(0, 30)];
      }
      return least;
    });
    check(scheme + ": text stands out from its ground", contrast[0] >= 4.5, contrast[0].toFixed(2) + " at least, " + contrast[1]);
    await shown.close();
  }
  const narrow = await open(small, { viewport: { width: 390, height: 844 } });
  check("narrow: nothing is wider than the screen", await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    await narrow.evaluate(() => document.documentElement.scrollWidth + ""));
  await narrow.screenshot({ path: join(pictures, "narrow.png") });
  await narrow.evaluate(() => document.getElementById("constructs").scrollIntoView());
  await narrow.screenshot({ path: join(pictures, "narrow-rules.png") });
  await narrow.close();
  const print = await open(small);
  await print.fill("section.signoff input", "A. Reviewer");
  await print.evaluate(() => dispatchEvent(new Event("beforeprint")));
  check("print: findings are opened", await print.evaluate(() => [...document.querySelectorAll("#list-findings > details")].every((row) => row.open)));
  await print.emulateMedia({ media: "print" });
  check("print: filters are left out and decisions can be written", await print.evaluate(() =>
    getComputedStyle(document.querySelector("form.filters")).display === "none"
    && (!document.querySelector(".sign") || getComputedStyle(document.querySelector(".sign")).display !== "none")));
  await print.pdf({ path: join(pictures, "print.pdf"), format: "A4" });
  await print.close();
}

// Names that try to be markup.
{
  const page = await open(hostile);
  await page.evaluate(() => { for (const row of document.querySelectorAll("details")) row.open = true; });
  await painted(page);
  check("hostile: no name becomes an element", await page.evaluate(() =>
    document.querySelectorAll("img, iframe, object, embed, link, base, [onerror], [onload], [onclick]").length === 0
    && document.scripts.length === 2 && !window.pwned));
  check("hostile: the names are shown as they are", (await page.textContent("main")).includes("<img src=x"));
  check("hostile: the policy refuses markup from elsewhere", await page.evaluate(() => {
    try { document.createElement("div").innerHTML = "<b>x</b>"; return false; } catch { return true; }
  }));
  page.said = page.said.filter((text) => !text.includes("TrustedHTML"));
  quiet(page, "hostile");
  await page.close();
}

// Ten thousand findings.
{
  const page = await open(big);
  const total = parseInt(await output(page, "findings"), 10);
  check("big: ten thousand findings are there", total >= 10000, total + "");
  check("big: it opens", page.took < 2 * PATIENCE, page.took + " ms");
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  check("big: the document stays small", nodes < 20000, nodes + " elements");
  const time = async (what, limit, act) => {
    const begin = Date.now();
    await act();
    await painted(page);
    const took = Date.now() - begin;
    check("big: " + what, took < limit, took + " ms");
  };
  await time("a search answers", PATIENCE, async () => {
    await page.fill("form[data-for=findings] input", "group 77");
    await said(page, "findings", " of ");
  });
  await time("a filter answers", PATIENCE, async () => {
    await page.click("form[data-for=findings] button[type=reset]");
    await said(page, "findings", "in all");
  });
  await time("the next page comes", PATIENCE, () => page.click(".pager[data-for=findings] button[aria-label='Next page']"));
  await time("a page of findings opens", PATIENCE, () => page.click("[data-act=expand]"));
  await time("the last finding is found by its link", PATIENCE, () => page.evaluate((last) => { location.hash = "#f" + last; }, total));
  check("big: it is open", await page.evaluate((last) => document.getElementById("f" + last)?.open === true, total));
  const longest = await page.evaluate(() => new Promise((done) => {
    let [longest, before, frames] = [0, performance.now(), 0];
    const step = (now) => {
      longest = Math.max(longest, now - before);
      before = now;
      scrollBy(0, 200);
      if (++frames < 60) requestAnimationFrame(step); else done(longest);
    };
    requestAnimationFrame(step);
  }));
  check("big: scrolling does not stutter", longest < 1000, "longest frame " + longest.toFixed(0) + " ms");
  quiet(page, "big");
  await page.screenshot({ path: join(pictures, "big.png") });
  await page.close();
}

// What follows from a cause is folded under it, and found all the same.
{
  const page = await open(chains);
  const rows = () => page.locator("#list-findings > details[data-under]").count();
  const buttons = page.locator("#list-findings [data-unfold]");
  check("chains: what follows is folded", await buttons.count() > 0 && await rows() === 0, await buttons.count() + " causes");
  check("chains: how many is said", (await output(page, "findings")).includes(" folded"), await output(page, "findings"));
  const follow = parseInt(await buttons.first().textContent(), 10);
  await buttons.first().focus();
  await page.keyboard.press("Enter");
  check("chains: a cause shows what follows", await rows() === follow, follow + "");
  check("chains: it says that it is open", await buttons.first().getAttribute("aria-expanded") === "true");
  check("chains: the keyboard stays at it", await buttons.first().evaluate((one) => one === document.activeElement));
  await page.screenshot({ path: join(pictures, "chains.png") });
  await page.keyboard.press("Enter");
  check("chains: and hides it again", await rows() === 0);
  const last = (await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).findings
    .map((row, at) => [row.u, at + 1]).filter(([under]) => under))).pop()[1];
  await page.evaluate((last) => { location.hash = "#f" + last; }, last);
  await page.waitForFunction((last) => document.getElementById("f" + last)?.open === true, last, { timeout: PATIENCE });
  check("chains: a link unfolds its cause", await rows() > 0, "#f" + last);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const all = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).findings.length);
  check("chains: paper shows all", await page.locator("#list-findings > details").count() === all, all + "");
  quiet(page, "chains");
  await page.close();
}

await browser.close();
console.log(failed === 0 ? "all checks hold" : failed + " checks failed");
process.exit(failed === 0 ? 0 : 1);
