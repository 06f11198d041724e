"""Texts of a catalog that are code, on every page, in a real browser: none of it runs."""

from __future__ import annotations

from itertools import cycle, product

from catalogs.storage.directory import DirectoryStorage
from tests.catalogs.gallery.rack import a_design, a_failure, hang_pictures, publish_rows
from tests.ui.gallery.serving import serving

RUN = "window.ran=1;alert(1)"
TAGS = (
    *("<script>{}</script>", "<img src=x onerror='{}'>", "<svg onload='{}'>", "<body onload='{}'>"),
    *(
        "<iframe srcdoc='<script>{}</script>'></iframe>",
        "<details open ontoggle='{}'>",
        "<a href='javascript:{}'>x</a>",
    ),
    *(
        "<input autofocus onfocus='{}'>",
        "<math><mi xlink:href='javascript:{}'>",
        "<style>*{{x:expression({})}}</style>",
    ),
    *(
        "<base href='javascript:{}//'>",
        "<meta http-equiv=refresh content='0;url=javascript:{}'>",
        "{{{{{}}}}}",
    ),
    *(
        "<video><source onerror='{}'>",
        "<object data='javascript:{}'>",
        "<form action='javascript:{}'><button>x",
    ),
)
BEFORE = (
    "",
    '">',
    "'>",
    "</title>",
    "--><!-- -->",
    "]]>",
    "</script>",
    "</textarea>",
    "&lt;x&gt;",
    "\\\\u003cx",
    '" autofocus onfocus=1 x="',
    "%3Cx%3E",
    "{% raw %}",
)
PAYLOADS = [before + tag.format(RUN) for before, tag in product(BEFORE, TAGS)][:208]
TEXTS = (
    *("content_title", "style_title", "category", "season", "style_kind", "credit", "recipe", "colorway"),
    *("content_id", "style_id", "content_licence", "style_licence"),
)
PAGES = (
    "/",
    "/?group=garment",
    "/?group=style",
    "/failures",
    "/shortlists",
    "/requests",
    "/signin",
    "/?q=<script>window.ran=1</script>",
)
_WATCH = (
    "addEventListener('securitypolicyviolation', event => (window.refused ||= []).push(event.blockedURI))"
)


def test_no_text_of_a_catalog_runs_on_any_page(tmp_path, browser):
    payloads = cycle(PAYLOADS)
    rows = [a_design(number, **{name: next(payloads) for name in TEXTS}) for number in range(20)]
    errors = ("error", "error_code", "content_title", "style_title")
    rows += [a_failure(100 + number, **{name: next(payloads) for name in errors}) for number in range(8)]
    assert len(PAYLOADS) >= 200
    storage = DirectoryStorage(tmp_path / "bucket")
    plain = [a_design(number) for number in range(20)]
    hang_pictures(storage, plain)
    publish_rows(storage, rows)
    ids = [row["design_id"] for row in rows]
    pages = [
        *PAGES,
        *(f"/design/{one}" for one in (*ids[:6], ids[-1])),
        f"/compare?{'&'.join(f'id={one}' for one in ids[:6])}",
    ]
    with serving(storage) as served, browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        window = context.new_page()
        window.add_init_script(_WATCH)
        dialogs: list[str] = []
        told: list[str] = []
        window.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        window.on("console", lambda line: told.append(line.text))
        for page in pages:
            window.goto(served.address + page, wait_until="load")
            window.wait_for_timeout(100)
            assert window.evaluate("window.ran") is None, page
            assert window.evaluate("window.refused || []") == [], page
        assert dialogs == []
        assert [line for line in told if "Content Security Policy" in line] == []
        window.goto(served.address)
        shown = window.evaluate(
            "document.documentElement.textContent + [...document.images].map(x => x.alt).join()"
        )
        assert "<script>" in shown
        assert window.locator("main script, main iframe, main object, main svg[onload]").count() == 0


def test_no_script_can_make_elements_or_code_of_a_text(tmp_path, browser):
    storage = DirectoryStorage(tmp_path / "bucket")
    publish_rows(storage, [a_design(1)])
    with serving(storage) as served, browser.new_context() as context:
        window = context.new_page()
        window.goto(served.address, wait_until="load")
        for sink in (
            "document.body.innerHTML = text",
            "document.body.insertAdjacentHTML('beforeend', text)",
            "new DOMParser().parseFromString(text, 'text/html')",
            "Object.assign(document.createElement('script'), { text })",
            "trustedTypes.createPolicy('any', {})",
        ):
            tried = f"try {{ const text = '<b>x</b>'; {sink}; }} catch (error) {{ return error.name; }}"
            assert window.evaluate(f"(() => {{ {tried} }})()") == "TypeError", sink
