"""The hosted invoice page in a real browser, served with the very headers that the api function sends."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.functions.api_endpoint import Api
from usance.kernel.instant import parse_instant
from usance.metering.event import Event

pytestmark = pytest.mark.browser

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
NAMES = (
    "Compute, on demand, region eu-central-1",
    "حوسبة سحابية مخصصة للشركات الكبيرة في الشرق الأوسط",
    "企业级云计算服务「包含每月使用量与额外存储费用」",
    "Supercalifragilisticexpialidocious" * 5,
    "ייעוץ ותמיכה",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if BROWSER is None:
        pytest.skip("there is no Chromium or Chrome here; .ci/run installs one")
    with sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=BROWSER, args=flags)
        yield started
        started.close()


@dataclass
class Site:
    """The api function behind an HTTP server; `asked` lists the paths that a browser asked for."""

    api: Api
    url: str = ""
    page: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    api = Api().install(monkeypatch)
    made = Site(api)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            made.asked.append(parts.path)
            answer = api.get(parts.path, key="", query=dict(parse_qsl(parts.query)))
            content = answer.text.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def issue(
    site: Site, items: list[dict[str, Any]], more: dict[str, Any] | None = None, wallet: str = "", **customer: Any
) -> None:
    """Issue one invoice of some items, of which a metered one has 25 events. `more` is on the contract, `wallet` is
    the customer's."""
    api = site.api
    organisation = api.open("شركة الحوسبة المتقدمة المحدودة للتقنية والاتصالات")
    api.catalogue()
    body = {"name": "株式会社とても長い名前のお客様テクノロジーホールディングス" * 2, "external_id": "long", **customer}
    api.made("/v1/customers", body)
    if wallet:
        api.made("/v1/customers/long/wallets/USD/credits", {"amount": wallet, "kind": "promotional"})
    for number in range(25):
        at = parse_instant(f"2025-07-{number + 1:02}T10:00:00Z")
        event = Event(f"event-{number}-{'x' * 60}", "compute", "long", at, {"hours": "1.5"})
        api.usage.append((organisation, event))
    terms = {"customer": "long", "starts_on": "2025-07-01", "ends_on": "2025-07-31", "items": items, **(more or {})}
    api.made("/v1/contracts", {"id": "c", **terms})
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    site.page = site.url + api.get("/v1/invoices").body["data"][-1]["page"]


def metered(id: str, name: str) -> dict[str, Any]:
    price = {"model": "per_unit", "unit_amount": "0.05"}
    quantity = {"metric": "cpu", "unit": "CPU-hour"}
    return {"id": id, "product": {"name": name, "kind": "point_in_time"}, "quantity": quantity, "prices": price}


def opened(browser: Browser, site: Site, width: int) -> tuple[Page, list[str]]:
    """The page at a width, and what the browser complained of."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(site.page)
    assert answer is not None
    assert answer.status == 200
    return page, complaints


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_a_line_opens_down_to_its_events_and_to_their_file(browser: Browser, site: Site) -> None:
    issue(site, [metered("a", NAMES[0])])
    page, complaints = opened(browser, site, 1000)
    events = page.locator("table.events")
    assert not events.is_visible()
    page.get_by_text("How this was worked out (25 events)").click()
    assert events.is_visible()
    assert events.locator("tbody tr").count() == 10
    # 25 x 1.5 = 37.5 hours, x 0.05 = 1.875, rounded up to 1.88.
    assert page.get_by_text("37.5", exact=True).first.is_visible()
    assert page.get_by_text("USD 1.88").first.is_visible()
    with page.expect_download() as download:
        page.get_by_text("All events as CSV").click()
    assert len(download.value.path().read_text("utf-8").splitlines()) == 26
    assert complaints == []


def test_it_is_styled_though_nothing_but_its_hash_is_allowed(browser: Browser, site: Site) -> None:
    issue(site, [metered("a", NAMES[0])])
    page, complaints = opened(browser, site, 1000)
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert colours == ["rgb(26, 29, 35)", "rgb(255, 255, 255)"]
    assert {path for path in site.asked if path != "/favicon.ico"} == {site.page.removeprefix(site.url)}
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_long_names_other_scripts_and_200_lines_hold(browser: Browser, site: Site, width: int) -> None:
    items = [metered(f"i{number}", NAMES[number % len(NAMES)]) for number in range(200)]
    address = {"line1": "1-2-3 丸の内", "city": "東京", "zip": "100-0005", "country": "JP"}
    issue(site, items, email=f"billing@{'long' * 20}.example", address=address)
    page, complaints = opened(browser, site, width)
    assert page.locator("td.description").count() == 200
    assert not overflows(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert not overflows(page)
    clipped = page.evaluate(
        "[...document.querySelectorAll('td, dd, p, h1')]"
        ".filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')"
        ".map(one => one.textContent.trim().slice(0, 60))"
    )
    assert clipped == []
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_everything_that_modifies_a_charge_is_on_it(browser: Browser, site: Site, width: int) -> None:
    items = [
        {
            **metered("calls", NAMES[0]),
            "free_units": 10,
            "prices": {"model": "per_unit", "unit_amount": "1000.00"},
            "discounts": [{"type": "percent", "value": 10, "label": NAMES[3][:120]}],
            "commitment": {"minimum_amount": "30000.00", "label": NAMES[1]},
            "tax": {"components": [{"label": "GST", "percentage": 5}, {"label": NAMES[2], "percentage": "9.975"}]},
        },
        {**metered("disks", NAMES[2]), "tax": {"percentage": 20, "label": "VAT", "inclusive": True}},
    ]
    more = {
        "discounts": {"type": "fixed", "value": "12.00", "label": NAMES[4]},
        "commitment": {"minimum_amount": "50000.00"},
        "service_fees": "3%",
        "grants": {"entitlement": "welcome", "type": "credits", "amount": "100.00"},
    }
    issue(site, items, more, "900.00")
    page, complaints = opened(browser, site, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert not overflows(page)
    # 37.5 hours, of which 10 are free.
    assert page.get_by_text("27.5 priced").is_visible()
    # The first item's discount, minimum, credits and share of the contract's discount: all of it, to the cent.
    assert page.locator("tbody.belongs").count() == 4
    # Indented, whichever way they are written; and an amount is never broken in two.
    styles = "[...document.querySelectorAll('.belongs .description')].map(one => getComputedStyle(one).paddingLeft)"
    assert "0px" not in page.evaluate(styles)
    broken = (
        "[...document.querySelectorAll('.totals dd')].filter(one => { const text = document.createRange();"
        " text.selectNodeContents(one); return text.getClientRects().length > 1; }).length"
    )
    assert page.evaluate(broken) == 0
    # What tops up the contract is a line for each of two ways of taxing.
    assert page.locator("td.description small").all_inner_texts() == [f"GST 5%, {NAMES[2]} 9.975%", "VAT 20%"] * 2
    assert page.get_by_text("Paid from wallet").is_visible()
    assert complaints == []


def test_it_prints(browser: Browser, site: Site) -> None:
    issue(site, [metered(f"i{number}", NAMES[number % len(NAMES)]) for number in range(60)])
    page, _complaints = opened(browser, site, 1000)
    closed = page.pdf(format="A4")
    assert closed.startswith(b"%PDF")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert len(page.pdf(format="A4")) > len(closed)
    page.emulate_media(media="print")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = false)")
    # On paper nobody can open anything.
    assert not page.get_by_text("How this was worked out").first.is_visible()
    assert page.get_by_text("Amount due").first.is_visible()
