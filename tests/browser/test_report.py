"""The report in headless Chromium, used as a reader uses it. Run by scripts/test-browser, which says where things are.

Every test opens the page anew and, when it ends, fails on anything that should never happen: an error on the console,
an exception, a breach of the page's policy, a dialog, a request to anything but the page itself.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from playwright.sync_api import sync_playwright

REPORT = Path(os.environ["DYAD_REPORT"])
CHROMIUM = os.environ["DYAD_CHROMIUM"]
DYAD = os.environ["DYAD_BINARY"]
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
PATIENCE_S = 60  # the machine may be busy
CHARTS = ["chart-tone", "chart-frames", "chart-stance", "chart-sentiment", "chart-volume"]
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
PERIOD = re.compile(r"\b(\d{4})-(?:Q([1-4])|(\d\d))\b")

# Notes breaches of the policy where the page cannot hide them.
WATCH = "window.__breaches = []; addEventListener('securitypolicyviolation', (e) => __breaches.push(e.violatedDirective));"

# What a reader sees of each sentence on show.
READ_ITEMS = """() => [...document.querySelectorAll('.evidence-item')].map((item) => {
  const texts = (selector) => [...item.querySelectorAll(selector)].map((node) => node.textContent);
  const quote = item.querySelector('blockquote');
  const unmarked = quote.cloneNode(true);
  unmarked.querySelectorAll('mark').forEach((mark) => mark.replaceWith('|'));
  return {
    id: item.dataset.id, date: item.querySelector('time')?.dateTime ?? null, quote: quote.textContent,
    a: texts('mark.a'), b: texts('mark.b'), unmarked: unmarked.textContent,
    headline: item.querySelector('.attribution').textContent, frames: texts('.chip:not(.none) bdi'),
  };
})"""

# For each link, those in charts included: the address as written, rel, target.
READ_LINKS = """() => [...document.querySelectorAll('a')]
  .map((a) => [a.getAttribute('href') ?? a.getAttributeNS('http://www.w3.org/1999/xlink', 'href'), a.getAttribute('rel'), a.getAttribute('target')])
  .filter(([address]) => address !== null)"""

# The luminance of the page, and the ratio by which WCAG judges whether the text of an element or of a chart can be read.
CONTRAST = """(selector) => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const node = document.querySelector(selector), style = getComputedStyle(node);
  const page = getComputedStyle(document.body).backgroundColor;
  const paper = luminance(style.backgroundColor === 'rgba(0, 0, 0, 0)' ? page : style.backgroundColor);
  const ink = luminance(node instanceof SVGElement ? style.fill : style.color);
  return { page: luminance(page), ratio: (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05) };
}"""


def run_dyad(corpus, out):
    done = subprocess.run([DYAD, "run", corpus, "--out", out, "--quiet"], capture_output=True, text=True)
    # 1: done, with inputs rejected.
    assert done.returncode in (0, 1), done.stderr
    return Path(out) / "report.html"


def evidence_csv():
    """The sentences as the file next to the report has them."""
    with open(REPORT.with_name("evidence.csv"), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_in(date, period):
    """Whether an ISO date lies in a period such as 2023-Q4 or 2023-11, or a date is missing where none is wanted."""
    year, quarter, month = PERIOD.fullmatch(period).groups()
    if date is None or date[:4] != year:
        return False
    return int(date[5:7]) == int(month) if month else (int(date[5:7]) + 2) // 3 == int(quarter)


class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        cls.addClassCleanup(cls.browser.close)

    def open(self, report=REPORT, **options):
        """The report in a window of its own, once it is drawn."""
        context = self.browser.new_context(offline=True, **(options or DESKTOP))
        context.set_default_timeout(PATIENCE_S * 1000)
        context.add_init_script(WATCH)
        self.addCleanup(context.close)
        page = context.new_page()
        page.troubles, page.requests = [], []
        page.on("console", lambda m: m.type in ("error", "warning") and page.troubles.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: page.troubles.append(f"exception: {e}"))
        page.on("dialog", lambda d: (page.troubles.append(f"dialog: {d.message}"), d.dismiss()))
        context.on("page", lambda p: page.troubles.append(f"window: {p.url}"))
        address = report.as_uri()
        page.on("request", lambda r: page.requests.append(r))
        page.on("request", lambda r: r.url.split("#")[0] == address or r.url.startswith(("data:", "blob:"))
                or page.troubles.append(f"request: {r.url}"))
        page.goto(address)
        page.locator("html[data-ready=true]").wait_for(state="attached")
        self.addCleanup(lambda: self.check_untroubled(page))
        return page

    def until(self, holds, what):
        """Waits. Playwright's own wait_for_function needs eval, which the page's policy forbids."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            self.assertLess(time.monotonic(), end, f"waited in vain: {what}")
            time.sleep(0.02)

    def check_untroubled(self, page):
        breaches = [f"policy: {b}" for b in page.evaluate("window.__breaches")]
        self.assertEqual(page.troubles + breaches, [], "nothing of the kind may happen on the page")

    def announced(self, page):
        """The number of sentences that the live region announces, and its text."""
        region = page.locator("#evidence-count")
        self.assertEqual(region.get_attribute("aria-live"), "polite")
        text = region.inner_text()
        number = re.match(r"([\d,]+) sentences? in ", text)
        return (int(number[1].replace(",", "")) if number else 0), text

    def items(self, page):
        """All sentences on show, page by page."""
        items = page.evaluate(READ_ITEMS)
        following = page.locator("#next")
        while following.is_visible() and following.is_enabled():
            following.click()
            items += page.evaluate(READ_ITEMS)
        self.assertEqual(len({item["id"] for item in items}), len(items), "no sentence is shown twice")
        return items

    def check_on_show(self, page, everything, wanted, label):
        """On show is exactly what is wanted of everything, and the announcement says so."""
        number, text = self.announced(page)
        expected = sorted(item["id"] for item in everything if wanted(item))
        self.assertEqual(number, len(expected), text)
        self.assertIn(label, text)
        self.assertEqual(sorted(item["id"] for item in self.items(page)), expected, text)

    def check_arrived(self, page):
        """The view has moved to the evidence, and so has the focus, so that the keyboard goes on from there."""
        box = page.locator("#evidence-heading").bounding_box()
        self.assertTrue(0 <= box["y"] < 200, f"the heading of the evidence is in view, at {box['y']}")
        self.assertEqual(page.evaluate("document.activeElement.id"), "evidence-heading")

    def hover(self, page, x, y):
        """Moves the mouse there from elsewhere and returns what the chart says about the place."""
        label = page.locator(".hovertext").first
        page.mouse.move(2, 2)
        label.wait_for(state="detached")
        page.mouse.move(x - 1, y - 1)
        page.mouse.move(x, y)
        label.wait_for()
        return "\n".join(label.locator("tspan.line").all_text_contents())


def centre(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def tone_points(page):
    return page.locator("#chart-tone .scatterlayer .points path.point")


class Opening(BrowserTest):
    def test_opening_paragraph_names_both_actors_and_agrees_with_the_evidence(self):
        page = self.open()
        lede = page.locator(".lede").inner_text()
        self.assertIn("Microsoft", lede)
        self.assertIn("OpenAI", lede)
        sentences = int(re.search(r"in ([\d,]+) sentences", lede)[1].replace(",", ""))
        self.assertEqual(sentences, len(evidence_csv()))
        self.assertEqual(self.announced(page)[0], sentences)

    def test_every_chart_is_drawn(self):
        page = self.open()
        for chart in CHARTS:
            with self.subTest(chart):
                place = page.locator(f"#{chart}")
                place.scroll_into_view_if_needed()
                self.assertTrue(place.locator("svg.main-svg").first.is_visible())
                marks = place.locator(".heatmaplayer image" if chart == "chart-frames" else ".points path, .scatterlayer .js-line")
                boxes = [box for box in (mark.bounding_box() for mark in marks.all()) if box]
                if chart == "chart-frames":
                    self.assertGreater(boxes[0]["width"] * boxes[0]["height"], 100_000)
                    self.assertEqual(place.locator(".ytick text").count(), 10, "one row for each frame")
                else:
                    self.assertGreater(len(boxes), 20)
                    self.assertGreater(max(b["x"] + b["width"] for b in boxes) - min(b["x"] for b in boxes), 600)
                self.assertGreaterEqual(place.locator(".xtick text").count(), 5)
        self.assertFalse(page.locator("#chart-problem").is_visible())

    def test_policy_lets_no_other_script_run(self):
        page = self.open()
        page.evaluate("""() => {
          const script = document.createElement('script');
          script.textContent = 'window.__alarm = 1';
          document.head.append(script);
          document.body.insertAdjacentHTML('beforeend', '<img src="https://dyad.invalid/x.png">');
          return fetch('https://dyad.invalid/').catch(() => 0);
        }""")
        self.until(lambda: page.evaluate("window.__breaches.length") >= 3, "three breaches")
        self.assertEqual(page.evaluate("window.__alarm"), None)
        breaches = page.evaluate("window.__breaches.splice(0)")
        self.assertEqual(sorted(breaches), ["connect-src", "img-src", "script-src-elem"])
        self.assertEqual({r.failure for r in page.requests if "dyad.invalid" in r.url} - {"csp"}, set(), "nothing got out")
        page.troubles.clear()


class ToTheEvidence(BrowserTest):
    def test_point_of_the_tone_chart_leads_to_its_sentences_and_back(self):
        page = self.open()
        everything = self.items(page)
        count = tone_points(page).count()
        for index in (0, count // 2, count - 1):
            place = centre(tone_points(page).nth(index))
            period = PERIOD.search(self.hover(page, *place))[0]
            with self.subTest(period):
                page.mouse.click(*place)
                self.check_arrived(page)
                self.check_on_show(page, everything, lambda item: is_in(item["date"], period), period)
                page.locator("#back").click()
                self.assertEqual(page.evaluate("document.activeElement.id"), "chart-tone")
                box = page.locator("#chart-tone").bounding_box()
                self.assertTrue(0 < box["y"] + box["height"] / 2 < 800, "the chart is in view again")

    def test_cell_of_the_heat_map_leads_to_the_sentences_of_its_frame(self):
        page = self.open()
        everything = self.items(page)
        area = page.locator("#chart-frames .nsewdrag")
        for row in (0, 6, 9):
            label = page.locator("#chart-frames .ytick text").nth(row)
            frame = label.text_content()
            _, y = centre(label)
            box = area.bounding_box()
            x = box["x"] + 0.66 * box["width"]
            text = self.hover(page, x, y)
            period = PERIOD.search(text)[0]
            with self.subTest(frame=frame, period=period):
                self.assertIn(frame, text.lower())
                page.mouse.click(x, y)
                self.check_arrived(page)
                wanted = lambda item: is_in(item["date"], period) and frame in item["frames"]
                self.check_on_show(page, everything, wanted, f"{period}, frame {frame}")

    def test_period_in_a_table_leads_to_its_sentences_by_keyboard_alone(self):
        page = self.open()
        everything = self.items(page)
        summary = page.locator("details[data-table='chart-stance'] summary")
        summary.focus()
        page.keyboard.press("Enter")
        page.locator("details[data-table='chart-stance'] tbody tr").first.wait_for()
        for _ in range(4):  # the table's own scroll, then one period after the other
            page.keyboard.press("Tab")
        period = page.evaluate("document.activeElement.closest('details[data-table=chart-stance] tbody th')?.innerText")
        self.assertRegex(period or "nothing of the table has the focus", PERIOD)
        page.keyboard.press("Enter")
        self.check_arrived(page)
        self.check_on_show(page, everything, lambda item: is_in(item["date"], period), period)
        page.locator("#back").focus()
        page.keyboard.press("Enter")
        self.assertEqual(page.evaluate("document.activeElement.innerText"), period, "back on the same button")

    def test_finger_on_a_point_of_a_phone_leads_to_its_sentences(self):
        page = self.open(**PHONE)
        everything = self.items(page)
        page.evaluate("document.activeElement.blur()")
        page.touchscreen.tap(*centre(tone_points(page).nth(17)))
        self.until(lambda: page.evaluate("document.activeElement.id") == "evidence-heading", "the evidence has the focus")
        self.check_arrived(page)
        period = PERIOD.search(self.announced(page)[1])[0]
        self.check_on_show(page, everything, lambda item: is_in(item["date"], period), period)
        self.assertEqual(page.locator("#filter-period").input_value(), period)


class Evidence(BrowserTest):
    def test_filters_narrow_and_can_be_cleared(self):
        page = self.open()
        everything = self.items(page)
        frame = "regulation"
        page.locator("#filter-frame").select_option(label=frame)
        number, _ = self.announced(page)
        self.assertTrue(0 < number < len(everything))
        self.check_on_show(page, everything, lambda item: frame in item["frames"], frame)
        page.locator("#filter-text").press_sequentially("antitrust")
        both = lambda item: frame in item["frames"] and "antitrust" in (item["quote"] + item["headline"]).lower()
        self.check_on_show(page, everything, both, "antitrust")
        self.assertTrue(0 < self.announced(page)[0] < number)
        page.locator("#filter-text").fill("no article says this")
        self.assertRegex(self.announced(page)[1], "^No sentence on this page matches")
        self.assertEqual(page.locator(".evidence-item").count(), 0)
        page.get_by_role("button", name="Clear filters").click()
        page.locator(".evidence-item").first.wait_for()
        self.assertEqual(page.locator("#filter-text").input_value(), "")
        self.check_on_show(page, everything, lambda item: True, "sentences in")

    def test_quotes_mark_both_actors_wherever_they_are_named(self):
        page = self.open()
        items = self.items(page)
        self.assertGreater(len(items), 100)
        written = {row["article_id"][:16] + "#" + row["sentence_no"]: row for row in evidence_csv()}
        for item in items:
            with self.subTest(item["quote"]):
                self.assertTrue(item["a"] and item["b"], "both are marked")
                text = item["quote"].encode()  # the file counts bytes
                for side in "ab":
                    spans = [span.split("-") for span in written[item["id"]]["spans_" + side].split()]
                    self.assertEqual(item[side], [text[int(start):int(end)].decode() for start, end in spans])
                # A product of the one may bear the name of the other.
                self.assertFalse([m for m in item["a"] if "OpenAI" in m.replace("Azure OpenAI", "")])
                self.assertFalse([m for m in item["b"] if "Microsoft" in m])
                self.assertNotRegex(item["unmarked"], r"\b(Microsoft|OpenAI)\b")

    def test_links_lead_to_the_web_or_within_the_page(self):
        page = self.open()
        within, outside = [], []
        for address, rel, target in page.evaluate(READ_LINKS):
            (within if address.startswith("#") else outside).append((address, rel, target))
        self.assertGreater(len(outside), 20)
        for address, rel, target in outside:
            self.assertRegex(address, r"^https?://")
            self.assertIn("noopener", (rel or "").split())
            self.assertEqual(target, "_blank")
        for address, *_ in within:
            self.assertEqual(page.locator(address).count(), 1, address)


class Drawing(BrowserTest):
    def test_switch_between_quarters_and_months_redraws_charts_and_tables(self):
        page = self.open()
        table = page.locator("details[data-table='chart-tone']")
        table.locator("summary").click()
        seen = {}
        for grain, name in (("month", "Months"), ("quarter", "Quarters")):
            button = page.get_by_role("button", name=name, exact=True)
            button.click()
            self.assertEqual(button.get_attribute("aria-pressed"), "true")
            self.assertEqual(page.locator("[data-grain][aria-pressed='true']").count(), 1)
            months = grain == "month"
            bars = page.locator("#chart-volume .bars .point")
            self.until(lambda: (bars.count() > 40) == months, "the last chart is drawn anew")
            label = table.locator("tbody th").first.inner_text()
            self.assertRegex(label, r"^\d{4}-\d\d$" if months else r"^\d{4}-Q\d$")
            point = PERIOD.search(self.hover(page, *centre(tone_points(page).nth(3))))[0]
            self.assertEqual("Q" in point, not months, point)
            seen[grain] = (tone_points(page).count(), table.locator("tbody tr").count())
        self.assertEqual(seen["quarter"][1], 26, "July 2019 to December 2025")
        self.assertEqual(seen["month"][1], 78, "July 2019 to December 2025")
        self.assertTrue(seen["quarter"][0] <= 26 < seen["month"][0] <= 78, seen)

    def test_phone_never_scrolls_sideways(self):
        for scheme in ("light", "dark"):
            with self.subTest(scheme):
                page = self.open(**PHONE, color_scheme=scheme)
                page.get_by_role("button", name="Months").click()
                page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
                width = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]")
                self.assertEqual(width, [390, 390, 390])

    def test_dark_scheme_is_dark_and_legible_and_follows_the_system(self):
        page = self.open(**DESKTOP, color_scheme="light")
        texts = [".lede", ".note", "mark.a", "mark.b", ".contents a", "#chart-tone .xtick text", "#chart-frames .ytick text"]
        image = "() => document.querySelector('#chart-frames .heatmaplayer image')?.getAttribute('href') ?? ''"
        light, cells = [page.evaluate(CONTRAST, text) for text in texts], page.evaluate(image)
        page.emulate_media(color_scheme="dark")
        self.until(lambda: page.evaluate(image) not in ("", cells), "the heat map is drawn anew")
        dark = [page.evaluate(CONTRAST, text) for text in texts]
        for text, in_light, in_dark in zip(texts, light, dark):
            with self.subTest(text):
                self.assertGreater(in_light["page"], 0.8)
                self.assertLess(in_dark["page"], 0.05)
                self.assertGreaterEqual(min(in_light["ratio"], in_dark["ratio"]), 4.5)


class Events(BrowserTest):
    """A reader's own events on the time axis of every chart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        # Two in one week, hostile text, and one before all coverage.
        events = Path(temporary.name) / "events.csv"
        events.write_text(
            "date,label,link\n2022-11-30,ChatGPT <img src=x onerror=alert(1)>,\n2023-11-17,Altman removed,https://example.org/a\n"
            "2023-11-21,Altman returns,\n2025-01,Stargate,\n1990-01-01,Long before,\n", encoding="utf-8")
        command = [DYAD, "report", "--store", REPORT.parent / "store", "--out", temporary.name, "--events", events, "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        cls.report = Path(temporary.name) / "report.html"

    def test_numbers_stand_above_every_chart_and_never_overlap(self):
        for options in (DESKTOP, PHONE):
            page = self.open(self.report, **options)
            for chart in CHARTS:
                with self.subTest(chart, **options["viewport"]):
                    markers = page.locator(f"#{chart} .annotation")
                    boxes = sorted((marker.bounding_box() for marker in markers.all()), key=lambda box: box["x"])
                    self.assertEqual(markers.all_text_contents(), ["2", "3–4", "5"], "the first is on no axis; two share a number")
                    for left, right in zip(boxes, boxes[1:]):
                        self.assertLess(left["x"] + left["width"], right["x"])

    def test_number_says_its_event_and_leads_to_the_list(self):
        page = self.open(self.report)
        marker = page.locator("#chart-stance .annotation").nth(1)
        said = self.hover(page, *centre(marker))
        self.assertIn("17 Nov 2023: Altman removed", said)
        self.assertIn("21 Nov 2023: Altman returns", said)
        marker.click()
        self.assertEqual(page.evaluate("document.activeElement.id"), "event-3")
        self.assertTrue(page.locator("#event-3").get_by_role("link", name="Altman removed").is_visible())
        self.assertIn("outside of the time covered", page.locator("#event-1").inner_text())

    def test_list_leads_to_the_sentences_around_an_event_by_keyboard(self):
        page = self.open(self.report)
        page.get_by_role("button", name="Sentences around event 3, 17 November 2023").focus()
        page.keyboard.press("Enter")
        self.check_arrived(page)
        around = lambda row: "2023-11-03" <= row["date"] <= "2023-12-01"
        expected = sum(around(row) for row in evidence_csv() if row["date"])
        number, text = self.announced(page)
        self.assertEqual(number, expected)
        self.assertIn("17 Nov 2023 ± 14 days", text)
        # A form that was reset reads its fields again: the period must still be the one chosen.
        page.wait_for_timeout(100)
        self.assertEqual(self.announced(page)[0], expected)


class HostileCorpus(BrowserTest):
    """Articles whose writers want the page to run their code or to mislead its reader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        corpus = folder / "hostile.jsonl"
        corpus.write_text("".join(json.dumps(article) + "\n" for article in hostile_articles()), encoding="utf-8")
        cls.report = run_dyad(corpus, folder / "out")

    def check_inert(self, report, **options):
        page = self.open(report, **options)
        for button in page.locator("[data-source]").all():
            button.click()
        page.get_by_role("button", name="Clear filters").click()
        x, y = centre(tone_points(page).first)
        self.hover(page, x, y)
        page.get_by_role("button", name="Clear filters").click()
        page.wait_for_timeout(200)  # the time an image needs to fail
        self.assertEqual(page.evaluate("window.__alarm"), None, "code of an article ran")
        self.assertEqual(page.locator("#evidence img, #evidence script, #evidence iframe, .sources img, [onerror]").count(), 0)
        self.assertEqual(page.locator("script:not([type])").count(), 2, "the page's own script and Plotly")
        for address, *_ in page.evaluate(READ_LINKS):
            self.assertRegex(address, "^(#|https?://)")
        return page

    def test_code_in_articles_stays_text(self):
        # Without the policy, too: what stands in the articles must not depend on it.
        for bypass in (False, True):
            with self.subTest(without_policy=bypass):
                page = self.check_inert(self.report, **DESKTOP, bypass_csp=bypass)
                items = self.items(page)
                shown = "".join(item["quote"] + item["headline"] for item in items)
                for code in ("<img src=x onerror=", "</script><script>window.__alarm", "{{script}}"):
                    self.assertIn(code, shown, "the code reached the page, as text")
                # Neither in what stands on the page nor in what its script puts there can text turn around.
                self.assertIn("Overridden", shown)
                self.assertNotRegex(page.locator("body").inner_text(), "[\u202d\u202e]")

    def test_page_refuses_links_that_are_code_even_if_its_data_hold_some(self):
        text = self.report.read_text(encoding="utf-8")
        tampered, times = re.subn(r'"https://linked\.example/\w+"', '"javascript:window.__alarm=`link`"', text)
        self.assertGreater(times, 0)
        report = self.report.with_name("tampered.html")
        report.write_text(tampered, encoding="utf-8")
        self.check_inert(report, **DESKTOP, bypass_csp=True)


def hostile_articles():
    bait = "<img src=x onerror=\"window.__alarm='image'\">"
    script = "</script><script>window.__alarm='script'</script>"
    texts = [
        f"Microsoft praised OpenAI {bait} in a letter. OpenAI thanked Microsoft {script} for its machines.",
        "OpenAI told \u202eMicrosoft\u202c to wait for the court. A judge heard \u202dMicrosoft and OpenAI\u202c quarrel.",
        f"{{{{script}}}} was how Microsoft greeted OpenAI that day. Regulators asked OpenAI and Microsoft about {script} prices.",
        "Microsoft sells what OpenAI builds, <svg onload=alert(1)> and both know it. Analysts call OpenAI a rival of Microsoft.",
        "Engineers at OpenAI left for Microsoft in the spring, <a href='javascript:alert(1)'>click</a> they said.",
        "Cloud revenue at Microsoft grew because OpenAI bought it, <iframe src='javascript:alert(1)'></iframe> filings show.",
    ]
    titles = [f"Microsoft {script} and OpenAI", "Overridden \u202eIAnepO\u202c and Microsoft", f"{bait} OpenAI", "{{script}} Microsoft"]
    links = ["javascript:window.__alarm='link'", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "https://linked.example/one"]
    sources = [f"Bait {bait}", f"Script {script}", "Turned \u202earound", "Plain <b>bold</b>"]
    return [
        {
            "url": links[i % 4], "source": sources[i % 4], "title": f"{titles[i % 4]} {i}",
            "published": f"2024-{i % 6 + 1:02}-{i + 1:02}", "text": texts[i % 6] if i < 6 else f"Day {i}. {texts[i % 6]}",
        }
        for i in range(12)
    ]


class Passed(unittest.TextTestResult):
    """Counts what passed, which unittest itself does not."""

    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    chosen = sys.argv[1:]
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{name}*" for name in chosen] or None
    suite = loader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=2, resultclass=Passed).run(suite)
    failed = max(result.testsRun - result.passed, 0 if result.wasSuccessful() else 1)
    print(f"browser: {result.passed} passed, {failed} failed", flush=True)
    return 0 if result.wasSuccessful() and result.passed else 1


if __name__ == "__main__":
    sys.exit(main())
